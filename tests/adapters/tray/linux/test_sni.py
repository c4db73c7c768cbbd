"""The tray as a desktop sees it: over D-Bus, read as text, clicked by label."""

import pytest

from tests.support.running_tray import running_tray
from tests.support.snapshots import paused, send, snapshot
from tests.support.tray_host import TrayHost
from tray_app.core.delivery.pause import PauseFor
from tray_app.core.kernel.texts import Language
from tray_app.core.menu.actions import OpenPage, Page, PauseSends, Quit, ResumeSends, ShowDelivery

pytestmark = pytest.mark.anyio

MENU = """\
{● Running}
{Last: ✓ 11:58 session report}
---
Pause notifications >
  30 minutes
  1 hour
  Until tomorrow 08:00
  Until I resume
Send test message
---
Sessions >
  {No session is running}
  ---
  {Today: 0 tokens · about $0.00}
  Open the sessions page
Recent sends >
  11:58 ✓ session report · api
  ---
  Open history…
Policy >
  {Built-in policy: may send; @all asks you}
  ---
  ---
  {Why was the last call denied?}
  Allow everything for 10 minutes
  Edit policy…
---
Open overview…
Connect Claude Code >
  Connect…
  Check connection
  Disconnect…
  ---
  Copy MCP URL
  Other agents…
Robots and credentials…
Settings…
Open log folder
Copy diagnostics (no secrets)
{About 1.0.0}
---
Quit"""

CHINESE = """\
{⏸ 已暂停至 14:30}
{还没有发送过消息}
---
[x] 恢复通知（暂停至 14:30，4 条未发）
{发送测试消息}
---
会话 >
  {当前没有会话}
  ---
  {今天：0 Token · 约 $0.00}
  打开会话页面
最近发送 >
  打开历史…
策略 >
  {内置策略：可发送，@所有人需批准}
  ---
  ---
  {上次调用为何被拒绝？}
  全部放行 10 分钟
  编辑策略…
---
打开概览…
连接 Claude Code >
  连接…
  检查连接
  断开连接…
  ---
  复制 MCP 地址
  其他智能体…
机器人与密钥…
设置…
打开日志文件夹
复制诊断信息（不含密钥）
{关于 1.0.0}
---
退出"""


async def test_a_desktop_reads_the_whole_menu(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(recent=(send(2),)))
        assert "\n".join(await host.lines()) == MENU


async def test_a_desktop_reads_the_menu_in_chinese(address: str, host: TrayHost) -> None:
    async with running_tray(address, host, language=Language.ZH) as running:
        running.show(snapshot(pause=paused()))
        assert "\n".join(await host.lines()) == CHINESE


async def test_clicks_over_dbusmenu_become_actions(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        running.show(snapshot(recent=(send(2),)))
        await host.click("Pause notifications", "1 hour")
        await host.click("Recent sends", "11:58")
        running.show(snapshot(pause=paused()))
        await host.click("Resume")
        await host.click("Quit")
        assert running.performed == [PauseSends(PauseFor.HOUR), ShowDelivery("d2"), ResumeSends(), Quit()]


async def test_a_left_click_on_the_icon_does_what_the_default_line_does(address: str, host: TrayHost) -> None:
    async with running_tray(address, host) as running:
        await host.lines()
        await host.item("org.kde.StatusNotifierItem.Activate", "ii", [3, 4])
        assert running.performed == [OpenPage(Page.OVERVIEW)]
