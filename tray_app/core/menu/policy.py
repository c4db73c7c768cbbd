"""The menu's policy part: what holds for each tool, with its counter, why the last call was refused, exceptions."""

from collections.abc import Iterator

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.kernel.words import LABEL_CHARS, fit, short_name
from tray_app.core.menu.actions import AllowEverything, AllowOnce, Explain, OpenPolicy, SetStance
from tray_app.core.menu.item import Item, Mark, line, note, rule
from tray_app.core.menu.lines import Speaker
from tray_app.core.policy.model import SECOND_MS, Mode, Risk, Stance
from tray_app.core.policy.summary import stances
from tray_app.core.state.problems import ProblemKind
from tray_app.core.state.snapshot import PolicyView, RefusalView, RobotView, Snapshot, ToolView

_WINDOWS = {60_000: "minute", 3_600_000: "hour", 86_400_000: "day"}


def policy(snapshot: Snapshot, say: Speaker) -> Item:
    """Give the whole part."""
    view, words = snapshot.policy, say.catalog
    heading = words("policy_menu.heading")
    if (until := _everything(view, say)) is not None:
        heading = f"{heading} · {until}"
    children = (
        note("policy.mode", mode_line(snapshot, say)),
        rule("policy.rule.1"),
        *(_tool(tool, snapshot, words) for tool in view.tools),
        rule("policy.rule.2"),
        _denied(view.last_refusal, say),
        _exception(view, say),
        line("policy.edit", words("policy_menu.edit"), OpenPolicy()),
    )
    return Item(id="policy", label=fit(heading), children=children)


def mode_line(snapshot: Snapshot, say: Speaker) -> str:
    """Say in one line how the policy stands: an exception, or only observed, or its file and what agents may do."""
    view, words = snapshot.policy, say.catalog
    if (until := _everything(view, say)) is not None:
        return fit(until)
    faulty = any(problem.kind is ProblemKind.POLICY for problem in snapshot.problems)
    file = words(f"policy_menu.file_{'faulty' if faulty else 'ok' if view.from_file else 'none'}")
    if view.mode is Mode.OBSERVE:
        return fit(words(text("policy_menu.observe", file=file)))
    if not view.from_file and not faulty:  # it says what agents may do
        return fit(file)
    return fit(" · ".join((file, *map(words, stances((tool.stance, tool.hidden) for tool in view.tools)))))


def counter(tool: ToolView, robots: tuple[RobotView, ...]) -> Text | None:
    """Say how much is used of a tool's tightest limit; of a sender without one, what its default robot has sent."""
    if tool.most is not None and tool.window_ms is not None:
        used, named = tool.used or 0, _WINDOWS.get(tool.window_ms)
        if named is not None:
            return text(f"policy_menu.per_{named}", used=used, most=tool.most)
        return text("policy_menu.per_seconds", used=used, most=tool.most, seconds=tool.window_ms // SECOND_MS)
    groups = [each for each in robots if each.paired is None]
    robot = next((each for each in groups if each.default), next(iter(groups), None))
    if tool.risk is not Risk.WRITE or robot is None:
        return None
    return text("policy_menu.robot", robot=robot.name, used=robot.minute_used, most=robot.minute_max)


def _everything(view: PolicyView, say: Speaker) -> str | None:
    if view.everything_until_ms is None or view.everything_until_ms <= say.now_ms:
        return None
    return say.catalog(text("policy_menu.everything", time=_clock(view.everything_until_ms, say)))


def _clock(at_ms: int, say: Speaker) -> str:
    """`10:42`, whatever the day: it is at most ten minutes away."""
    return say.local(at_ms).strftime("%H:%M")


def _tool(tool: ToolView, snapshot: Snapshot, words: Catalog) -> Item:
    stem = f"policy.{tool.name}"
    stance = words("policy.stance_hidden" if tool.hidden else f"policy.stance_{tool.stance.name.lower()}")
    used = counter(tool, snapshot.robots)
    facts = [note(f"{stem}.risk", words(f"policy.risk_{tool.risk}"))]
    if used is not None:
        facts.append(note(f"{stem}.used", words(used)))
    if tool.hidden:
        facts.append(note(f"{stem}.hidden", words("policy_menu.hidden")))
    if tool.custom:
        entry = "policy_menu.custom" if snapshot.policy.from_file else "policy_menu.custom_built_in"
        facts.append(note(f"{stem}.custom", words(entry)))
    radios = tuple(_radio(stem, tool, each, words) for each in Stance)
    name = fit(short_name(tool.name), LABEL_CHARS // 2)
    label = words(text("policy_menu.tool", tool=name, stance=stance))
    if tool.most is not None:
        counted = words(text("policy_menu.tool_used", tool=name, stance=stance, used=tool.used or 0, most=tool.most))
        label = counted if len(counted) <= LABEL_CHARS else label
    return Item(id=stem, label=fit(label), children=(*facts, rule(f"{stem}.rule"), *radios))


def _radio(stem: str, tool: ToolView, stance: Stance, words: Catalog) -> Item:
    """No choice of a hidden tool is marked: agents do not get it whatever the file says below its name."""
    return Item(
        id=f"{stem}.{stance.name.lower()}",
        label=fit(words(f"policy_menu.choose_{stance.name.lower()}")),
        action=SetStance(tool.name, stance),
        mark=Mark.RADIO,
        checked=tool.stance is stance and not tool.hidden,
    )


def _denied(refusal: RefusalView | None, say: Speaker) -> Item:
    label = fit(say.catalog("policy_menu.why"))
    if refusal is None:
        return Item(id="policy.denied", label=label, enabled=False)
    return Item(id="policy.denied", label=label, children=tuple(_refusal(refusal, say)))


def _refusal(refusal: RefusalView, say: Speaker) -> Iterator[Item]:
    """The ids hold the refusal's, so that a click lets through what was read, and not a newer one."""
    stem, words = f"policy.denied.{refusal.id}", say.catalog
    call = " · ".join((say.time(refusal.at_ms), fit(short_name(refusal.tool), 22), fit(refusal.client, 12)))
    yield note(f"{stem}.call", call)
    reason = refusal.reason or text("policy_menu.no_reason")
    yield line(f"{stem}.reason", words(reason), Explain(reason, text("policy_menu.rule", rule=refusal.rule)))
    yield note(f"{stem}.rule", words(text("policy_menu.rule", rule=refusal.rule)))
    if refusal.most is not None and refusal.counter:
        used = text("policy_menu.counter", used=refusal.used or 0, most=refusal.most, counter=refusal.counter)
        yield note(f"{stem}.counter", words(used))
    if refusal.frees_ms is not None:
        late = refusal.frees_ms > say.now_ms
        frees = text("policy_menu.frees", time=say.time(refusal.frees_ms)) if late else text("policy_menu.free")
        yield note(f"{stem}.frees", words(frees))
    if refusal.passable:
        yield rule(f"{stem}.end")
        yield line(f"{stem}.once", words("policy_menu.once"), AllowOnce(refusal.id))


def _exception(view: PolicyView, say: Speaker) -> Item:
    """Two lines with ids of their own: a click on the one that was read never does the other."""
    until = _everything(view, say)
    if until is None or view.everything_until_ms is None:
        return line("policy.everything.on", say.catalog("policy_menu.everything_on"), AllowEverything())
    end = text("policy_menu.everything_off", time=_clock(view.everything_until_ms, say))
    return Item(
        id="policy.everything.off",
        label=fit(say.catalog(end)),
        action=AllowEverything(on=False),
        mark=Mark.CHECK,
        checked=True,
    )
