"""The form of the settings page: what stands in its fields, what somebody typed into them, and what of that is new."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tray_app.core.kernel.texts import Text, text
from tray_app.core.settings.form_fields import NO, Field, Group, groups, notice_groups
from tray_app.core.settings.notices import ends_alone
from tray_app.core.settings.text import SettingsText, TomlValue, look_up, parts_of
from tray_app.core.settings.values import FieldShape, Wrong

VERSION, SHOWN = "version", "shown"
TOP = (  # what people change most, before all sections
    "language",
    "message_language",
    "notices.quiet_hours",
    "notices.waiting.after_s",
    "budget.day_usd",
)
_ALL = groups()  # worked out once: every page and every save asks for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A setting that somebody changed while the file was changed too."""

    label: Text
    theirs: str
    yours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsDraft:
    """The form. By key: `shown`, what the file said when the page was made, and `values`, what stands in the fields."""

    groups: Sequence[Group]
    version: str
    shown: Mapping[str, str]
    values: Mapping[str, str]
    errors: Mapping[str, Text] = field(default_factory=dict)
    clashes: Sequence[Clash] = ()

    @property
    def top(self) -> Sequence[Field]:
        """The fields that stand before all sections; none among the rules of one project, which are few."""
        fields = {one.key: one for group in self.groups for one in group.fields}
        return [fields[key] for key in TOP if key in fields]

    def group_of(self, field: Field) -> Group | None:
        """The section whose name tells what a field before all sections is about; None where its own does."""
        return next((one for one in self.groups if one.name == "waiting" and field in one.fields), None)

    @property
    def sections(self) -> Sequence[Group]:
        """All other fields in their groups."""
        top = {one.key for one in self.top}
        rest = (replace(one, fields=tuple(each for each in one.fields if each.key not in top)) for one in self.groups)
        return [one for one in rest if one.fields]

    @property
    def base(self) -> str:
        """What was shown, for the form to bring back: only then it is clear what somebody has changed."""
        return json.dumps(dict(self.shown), ensure_ascii=False)


def fields_of(project: str) -> Sequence[Group]:
    """All settings, or the rules of one project."""
    return notice_groups(project) if project else _ALL


def blank(file: SettingsText, project: str) -> SettingsDraft:
    """The form as the file says."""
    shown = _as_written(file, fields_of(project))
    return SettingsDraft(groups=fields_of(project), version=file.version, shown=shown, values=shown)


def typed_into(form: Mapping[str, str], project: str) -> SettingsDraft:
    """The form as it was sent."""
    fields = fields_of(project)
    values = {one.key: _typed(form, one) for group in fields for one in group.fields}
    return SettingsDraft(groups=fields, version=form.get(VERSION, ""), shown=_shown(form), values=values)


def changed(draft: SettingsDraft) -> Sequence[Field]:
    """The fields that hold something else than was shown."""
    every = (one for group in draft.groups for one in group.fields)
    return [one for one in every if draft.values[one.key].strip() != draft.shown.get(one.key, "").strip()]


def read(draft: SettingsDraft) -> tuple[Mapping[str, TomlValue | None], Mapping[str, Text]]:
    """What was changed as values for the file, and what is wrong with the rest, both by key."""
    values: dict[str, TomlValue | None] = {}
    errors: dict[str, Text] = {}
    for one in changed(draft):
        try:
            values[one.key] = one.value(draft.values[one.key])
        except Wrong as wrong:
            errors[one.key] = text("setting_page.must", want=wrong.want)
    return values, errors


def on_top_of(draft: SettingsDraft, file: SettingsText, project: str) -> SettingsDraft:
    """The same changes on what the file says now, and where both changed the same."""
    mine = changed(draft)
    now = blank(file, project)
    clashes = tuple(
        Clash(label=one.label, theirs=now.values[one.key], yours=draft.values[one.key])
        for one in mine
        if now.values[one.key].strip() != draft.values[one.key].strip()
    )
    values = {**now.values, **{one.key: draft.values[one.key] for one in mine}}
    return SettingsDraft(groups=now.groups, version=now.version, shown=now.shown, values=values, clashes=clashes)


def _as_written(file: SettingsText, fields: Sequence[Group]) -> dict[str, str]:
    said: dict[str, str] = {}
    for group in fields:
        for one in group.fields:
            value = look_up(file.data, one.key)
            value = implied(one, file) if value is None else _plain(one, value)
            said[one.key] = one.written(one.usual if value is None else value)
    return said


def implied(one: Field, file: SettingsText) -> bool | None:
    """What other keys of its table say for it."""
    *table, name = parts_of(one.key)
    if (table[-1:], name) != (["session_end"], "each"):
        return None
    found: object = file.data
    for part in table:
        found = found.get(part) if isinstance(found, Mapping) else None
    return ends_alone(found)


def _plain(one: Field, value: TomlValue) -> TomlValue:
    """A value that has several spellings in the file is shown in the one that can be chosen."""
    if one.shape is not FieldShape.CHOICE:
        return value
    meaning = one.kind.read(value)
    return str(meaning) if isinstance(meaning, str) else value


def _typed(form: Mapping[str, str], one: Field) -> str:
    """A box that is not ticked is not sent; for one project a list with three answers stands in its place."""
    nothing = NO if one.shape is FieldShape.FLAG and one.usual is not None else ""
    return form.get(one.key, nothing).replace("\r\n", "\n")


def _shown(form: Mapping[str, str]) -> Mapping[str, str]:
    try:
        said = json.loads(form.get(SHOWN, ""))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(said, dict):
        return {}
    return {str(key): value for key, value in said.items() if isinstance(value, str)}
