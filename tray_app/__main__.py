"""Where every way to start the program begins: three small commands at once, everything else by the command line."""

import os
import sys


def main() -> int:
    """Run what the arguments ask for; returns the exit code."""
    match sys.argv[1:]:
        case ["--version"]:
            from tray_app import __version__

            print(f"dingtalk-tray {__version__}")  # noqa: T201 - the answer, before anything else is read
            return 0
        case ["hook", *arguments]:
            from tray_app import hook_cli

            return hook_cli.main(arguments)
        case ["mcp-headers"] | ["mcp-headers", "--home", _]:
            from tray_app.headers_cli import header_line
            from tray_app.hook_cli import with_home

            line = header_line(with_home(sys.argv[2:], os.environ))
            if line is not None:
                print(line)  # noqa: T201 - the answer; the console of the other commands costs 100 ms
                return 0
    from tray_app.cli.main import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
