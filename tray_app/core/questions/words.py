"""What people read of a question on a few lines: in the tray, in a desktop notification, in a list."""

from tray_app.core.kernel.texts import Catalog, Text, text
from tray_app.core.questions.question import AgentQuestion, QuestionKind

_LINES = 6
_QUOTE = "│ "  # begins each line that an agent wrote, so that none can pass for one of ours


def title_of(question: AgentQuestion) -> Text:
    """Who asks what kind of thing."""
    kind = question.prompt.kind
    project: str | Text = question.project or "-"
    if question.prompt.sub_agent:
        project = text("questions.of_sub_agent", project=project, sub_agent=question.prompt.sub_agent)
    if kind is QuestionKind.PERMISSION:
        return text("questions.note_permission", project=project, tool=question.prompt.tool)
    return text(f"questions.note_{kind}", project=project)


def body_of(question: AgentQuestion, words: Catalog) -> str:
    """The first lines of what is asked about, and how many more there are."""
    lines = [line for _label, value in question.prompt.details for line in value.splitlines() if line.strip()]
    shown = [f"{_QUOTE}{line}" for line in lines[:_LINES]]
    if len(lines) > _LINES:
        shown.append(words(text("questions.note_more", count=len(lines) - _LINES)))
    return "\n".join(shown)
