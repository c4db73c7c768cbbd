"""The agent's own todo list, as its tools change it."""

from tray_app.core.sessions.counting.records import CallDetail, Commit, NewTask, TaskChange, TodoList
from tray_app.core.sessions.session import Task

_MOST_TASKS = 100


class TaskBoard:
    """Agents have two kinds of such a list: one is written whole, of the other single entries are changed by id."""

    __slots__ = ("_tasks",)

    def __init__(self) -> None:
        """Empty."""
        self._tasks: dict[str, Task] = {}

    def tasks(self) -> tuple[Task, ...]:
        """The list as it stands, in the agent's order."""
        return tuple(self._tasks.values())

    def apply(self, detail: CallDetail, task_id: str) -> None:
        """Take in a call that succeeded; `task_id` is the id its result gave to a new task."""
        match detail:
            case TodoList(tasks):
                self._tasks = {f"todo {number}": task for number, task in enumerate(tasks)}
            case NewTask(title):
                if title and len(self._tasks) < _MOST_TASKS:
                    self._tasks[task_id or f"new {len(self._tasks)}"] = Task(title=title, done=False)
            case TaskChange():
                self._change(detail)
            case Commit():
                pass

    def _change(self, change: TaskChange) -> None:
        held = self._tasks.get(change.task_id)
        if held is None:
            return
        if change.deleted:
            del self._tasks[change.task_id]
            return
        done = held.done if change.done is None else change.done
        self._tasks[change.task_id] = Task(title=change.title or held.title, done=done)
