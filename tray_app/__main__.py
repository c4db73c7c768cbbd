"""Where every way to start the program begins: three small commands at once, everything else by the command line."""

import errno
import os
import sys


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    if is_clicked(sys.argv):
        sys.argv.append("run")
    match sys.argv[1:]:
        case ["--version"]:
            from tray_app import __version__

            return _say(f"dingtalk-tray {__version__}")  # before anything else is read
        case ["hook", *arguments]:
            from tray_app import hook_cli

            return hook_cli.main(arguments)
        case ["mcp-headers"] | ["mcp-headers", "--home", _]:
            from tray_app.headers_cli import header_line
            from tray_app.hook_cli import with_home

            line = header_line(with_home(sys.argv[2:], os.environ))
            if line is not None:
                return _say(line)  # the console of the other commands costs 100 ms
    from tray_app.cli.main import main as command_line

    return command_line()


def is_clicked(argv: list[str]) -> bool:
    """Whether it is the windowless program, and nothing is asked of it: nobody could read a usage there."""
    name = argv[0].replace("\\", "/").rpartition("/")[2].lower()
    return len(argv) == 1 and name.removesuffix(".exe") == "dingtalk-trayw"


def _say(line: str) -> int:
    """Print the answer, to whoever still reads."""
    try:
        print(line, flush=True)  # noqa: T201 - the answer
    except OSError as error:
        # Windows calls a pipe that nobody reads an invalid argument
        if not isinstance(error, BrokenPipeError) and (sys.platform != "win32" or error.errno != errno.EINVAL):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains at its end
    return 0


if __name__ == "__main__":
    sys.exit(main())
