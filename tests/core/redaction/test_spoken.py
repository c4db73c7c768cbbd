"""What people tell each other by the way is masked: codes, PINs, passwords that look like names, other scripts."""

import pytest

from tray_app.core.redaction.redact import redact

_TOLD = {
    "验证码是 {}，五分钟内有效": "583920",
    "动态码：{}": "58392",
    "your OTP is {}": "583920",
    "PIN for the door is {}": "4711",
    "my pin code for the vault: {}": "493827",
    "the admin login is root / {}": "T0p-Hat_77",
    "ssh-keygen passphrase was {}": "correct-horse-41",
    "passwd: {}": "qwe_RTY_456",
    "Private key password → {}": "Pk#2026#zz",
    "密码 → {}": "Pk#2026#zz",
    "пароль: {}": "Лето2026qx",
    "recovery codes: {}": "8f2k-9d3l, 2k4m-7p1q",
    "use {} as your verification code": "551209",
    "{} is your verification code": "551209",
    "Your Google verification code is G-{}": "551209",
    "短信验证码 {}": "663015",
    "门禁密码是 {}": "4711",
    "解压密码 {}": "8866",
    "银行卡密码：{}": "889900",
    "the door opens with pin {}": "3381",
    "backup codes: {}": "8f2k9d3l 2k4m7p1q",
    "passwd = {}": "abc_DEF_221",
    "sign in with bob / {}": "T0p-Hat_77",
    "the wifi key is {}": "sunny7Day",
    "kubectl create secret generic x --from-literal=api-key={}": "Kb8s_Lit_1",
}
_BESIDE_LOOK_ALIKES = {  # what stands beside look-alikes of the same shape in the corpus
    "use {} to sign in": "583920",
    "enter the code {} for your account": "583920",
    "passcode {} to unlock the door": "4711",
    "your Acme code is {}": "583920",
    "登录验证码 {}": "583920",
    "二次验证输入 {}": "583920",
    "提取码 {}，7 天内有效": "xkqz",
    "激活码 {}": "kx92zz",
    "验证码 {}": "zil2g2",
    "旧密码库停用，密码改为 {}": "Tq9#kk2z2",
    "sudo -S <<EOF\n{}\nEOF": "Tq9#kk2z2",
    "Login:\nadmin\n{}": "Tq9#kk2z2",
    "服务器 root {}": "Tq9#kk2z2",
    "WiFi: Corp-5G / {}": "Tq9#kk2z2",
    "enter {} to unlock": "4711",
    "use {} to reset your password": "583920",
    "两步验证：{}": "583920",
    "验证码 {} 五分钟有效": "a8f3k2",
    "解压码 {}": "xkqz",
    "Server login\nadmin\n{}": "Tq9#kk2z2",
}
_HARMLESS = (
    "the build 551209 is your verification step",
    "验证码 6 位，5 分钟有效",
    "动态码 2026 年改版",
    "connect it to the pin 12 of the header",
    "password = read_password_v2",
    "backup codes: generated and downloaded",
    "sign in with Google / GitHub",
    "the wifi key is printed on the router",
    "PIN layout changed: pin 4 is GND",
    "验证码功能已测试通过",
    "验证码是 4 位数字",
    "otp length = 6",
    "the verification code is 6 digits",
    "login is admin / editor",
    "backup codes are 8 characters",
)


@pytest.mark.parametrize(("text", "value"), [*_TOLD.items(), *_BESIDE_LOOK_ALIKES.items()])
def test_what_is_told_by_the_way_goes(text: str, value: str) -> None:
    done = redact(text.format(value), mask=lambda _kind: "【x hidden】").text
    assert done == text.format("【x hidden】")


@pytest.mark.parametrize("text", _HARMLESS)
def test_what_only_sounds_so_stays(text: str) -> None:
    assert redact(text, mask=lambda _kind: "【x hidden】").text == text
