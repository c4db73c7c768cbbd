r"""What can be allowed at the computer only: what cannot be undone, what touches production, what concerns this app.

The patterns are RE2's and look at what is asked about as it is written, and once more without what nobody sees and the
quotes, backslashes and line continuations that a shell takes away. They keep an accident off the phone; a script that
hides what it does is beyond any pattern.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tray_app.core.approvals.approval import Approval
from tray_app.core.kernel.invisible import is_hidden
from tray_app.core.policy.model import Risk
from tray_app.core.policy.patterns import Patterns
from tray_app.core.questions.question import AgentPrompt, Details, QuestionKind
from tray_app.core.settings.phone import PhoneSettings

_SAME = r"[^\n;|&]*"  # within one command
_RUNS = r"(?:(?:ba|z|da|k|fi)?sh|python\d?|node|perl|ruby|iex|invoke-expression)"
USUAL = (
    # files and disks
    rf"(?i)\brm\b{_SAME}\s(?:-[a-z]*r[a-z]*\b|--recursive)",
    rf"(?i)\b(?:rd|rmdir)\b{_SAME}\s/s\b|\bdel\b{_SAME}\s/[sq]\b|\bremove-item\b{_SAME}\s-r(?:ecurse)?\b",
    rf"(?i)\bfind\b{_SAME}\s-(?:delete|exec\s+rm)\b|\brsync\b{_SAME}\s--delete",
    r"(?i)\b(?:shred|mkfs(?:\.\w+)?|wipefs|diskpart)\b|\bof=/dev/|>\s*/dev/(?:sd|nvme|disk|hd|vd)",
    r"(?i)\bshutil\.rmtree\b|\brimraf\b",
    # rights and programs from elsewhere
    r"(?i)(?:^|[\s;|&(])(?:sudo|doas|runas|su)\s",
    rf"(?i)\b(?:curl|wget|iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n]*\|\s*(?:\S+\s+)?(?:\S*/)?{_RUNS}\b",
    r"(?i)\b(?:ba|z|da)?sh\b[^\n]*<\(\s*(?:curl|wget)\b|\beval\b[^\n]*(?:curl|wget)\b",
    # work of others
    rf"(?i)\bgit\b{_SAME}\bpush\b{_SAME}\s(?:--force\S*|-[a-z]*[fd][a-z]*\b|--mirror|--delete|--prune|\+\S|:\S)",
    rf"(?i)\bgit\b{_SAME}\b(?:reset\b{_SAME}--hard|clean\b{_SAME}\s-[a-z]*f|filter-(?:branch|repo)|update-ref\b{_SAME}-d)",
    r"(?i)\bgh\s+(?:repo|release|secret)\s+delete\b",
    r"(?i)\b(?:npm|pnpm|yarn|cargo|twine|gem|poetry|uv)\b[^\n;|&]*\s(?:publish|unpublish|upload|yank)\b",
    # clusters, clouds and containers
    rf"(?i)\b(?:kubectl|oc)\b{_SAME}\s(?:delete|drain|replace)\b|\bhelm\b{_SAME}\s(?:uninstall|delete|rollback)\b",
    rf"(?i)\b(?:terraform|tofu|terragrunt|pulumi|cdk)\b{_SAME}\s-{{0,2}}(?:destroy|auto-approve)\b",
    rf"(?i)\b(?:aws|aliyun|gcloud|gsutil|az|doctl|flyctl|heroku)\b{_SAME}\s\S*(?:delete|destroy|terminate|purge|rm|rb)\b",
    rf"(?i)\b(?:docker|podman)\b{_SAME}\s(?:prune|rm|rmi|down\b{_SAME}\s-v)\b",
    # data
    r"(?i)\b(?:drop|truncate)\s+(?:table|database|schema|index|view|user|column)\b|\btruncate\s+\w",
    r"(?i)\bdelete\s+from\s+[\w.`\"\[\]]+\s*(?:;|\"|'|$)|\bflush(?:all|db)\b|\bdropdatabase\b|\bdropdb\b",
    # production
    r"(?i)(?:^|[^a-z])prod(?:uction)?(?:[^a-z]|$)|生产环境|生产库|线上环境|线上库",
    # this app, and who else decides what agents may do
    r"(?i)dingtalk[-_]tray|\bdingt[^\s/]*[*?\]}]|[*?\]][-_]?tray\s|\btray_app\b",
    r"(?i)/(?:api|ui)/(?:phone|questions|approvals|resume|pair|link)\b|\bendpoint\.json\b",
    r"(?i)\.(?:claude|codex|gemini|qwen|cursor|opencode)(?:\.json|[/\\]+(?:settings|hooks|config|mcp|rules|permissions))",
    r"(?i)\b(?:claude_desktop_config|opencode)\.jsonc?\b",
    r"(?i)--dangerously-\w|bypasspermissions|--yolo\b|approval-mode[= ]+yolo",
)
_TAKEN_AWAY = re.compile(r"\\\r?\n|`\r?\n|[\"'\\^]")


def stays_here(prompt: AgentPrompt, settings: PhoneSettings) -> bool:
    """Whether this can be allowed, or chosen, at the computer only. What no pattern can look at is.

    A plan names much that it does not do, and whoever approves it allows none of its steps: only the owner's own
    patterns look at one. A choice may be the last word before something that the session's rules let through.
    """
    usual = settings.usual_computer_only and prompt.kind is not QuestionKind.PLAN
    if not usual and not settings.computer_only:
        return False
    patterns = _together(usual, settings.computer_only)
    named = (prompt.tool, *(choice.header for choice in prompt.choices))
    return any(patterns.found_in(value) != frozenset() for value in _looked_at(named, prompt.details))


def call_stays_here(approval: Approval, settings: PhoneSettings) -> bool:
    """Likewise of a held call: where it changes where messages go, and by the owner's own patterns.

    The usual ones are about what is run; a message that tells of it runs nothing.
    """
    if approval.risk is Risk.CONFIGURE:
        return True
    own = _together(False, settings.computer_only)  # noqa: FBT003 - the key of a cache
    looked_at = _looked_at((approval.tool, approval.title), approval.details)
    return bool(settings.computer_only) and any(own.found_in(value) != frozenset() for value in looked_at)


@lru_cache(maxsize=4)
def _together(usual: bool, own: tuple[str, ...]) -> Patterns:  # noqa: FBT001 - the key of a cache
    return Patterns((*(USUAL if usual else ()), *own))


def _looked_at(named: Iterable[str], details: Details) -> Iterator[str]:
    for value in (*named, *(value for _label, value in details)):
        yield value
        yield _TAKEN_AWAY.sub("", "".join(char for char in value if not is_hidden(char)))
