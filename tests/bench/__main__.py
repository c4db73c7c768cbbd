"""Measure, print, write `build/bench.json`: all parts but the three longest, or those that are named."""

import argparse
import compileall
import json
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import tray_app
from tests.bench.calls import BUSY, Line
from tests.bench.parts import PARTS, Bench
from tests.bench.servers import server
from tests.bench.sessions import SPREAD
from tray_app.app.client.child import clean_environment


def main() -> int:
    """Measure and report."""
    asked = _parser().parse_args()
    named = [*asked.parts, *(["scale", "transcripts"] if asked.scale else [])]
    parts = named or [name for name, part in PARTS.items() if part.always]
    figures: dict[str, float] = {}
    compileall.compile_dir(Path(tray_app.__file__).parent, quiet=1)  # as installing does: else a start compiles, too
    with tempfile.TemporaryDirectory(prefix="dingtalk-tray-bench-") as folder, server("robot") as robot:
        environ = {**clean_environment(), "DINGTALK_WEBHOOK": f"http://127.0.0.1:{robot}/robot/send?access_token=x"}
        bench = Bench(Path(folder), environ, robot, 0.1 if asked.quick else 1.0)
        for name in parts:
            before = len(bench.lines)
            found = PARTS[name].measure(bench)
            _print_calls(bench.lines[before:])
            for figure, value in found.items():
                print(f"{figure:<76}{value:>10.2f}", flush=True)
            figures |= found
    _write(asked.out, bench.lines, figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:<12}{part.about}" for name, part in PARTS.items()),
    )
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *PARTS], help="which of them; see below")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, to see that it runs")
    parser.add_argument("--scale", action="store_true", help="the parts `scale` and `transcripts`")
    parser.add_argument("--out", type=Path, default=Path("build/bench.json"))
    return parser


def _print_calls(lines: Sequence[Line]) -> None:
    if not lines:
        return
    slower = f", each wait for the disk {lines[0].delay_ms} ms longer" if lines[0].delay_ms else ""
    print(f"calls{slower}: medians of rounds in turns; ratios of the same round")
    heads = ("at once", "p50 ms", "p99 ms", "calls/s", "p50/floor", "rate/stdio", "rate/SDK", "syncs")
    print(f"{'':<18}" + "".join(f"{head:>11}" for head in heads))
    for line in lines:
        values = (line.p50_ms, line.p99_ms, line.per_second, line.p50_to_floor)
        more = (line.rate_to_stdio, line.rate_to_sdk, line.syncs_a_call)
        said = "".join(f"{'-' if value is None else f'{value:.2f}':>11}" for value in (*values, *more))
        print(f"{line.what:<18}{line.at_once:>11}{said}")
    for line in lines:
        if line.too_busy:
            print(
                f"TOO BUSY TO TELL at {line.at_once} at once: the floor's own p50 varied {line.spread:.1f} times "
                f"between rounds (more than {BUSY})"
            )
    print(flush=True)


def _write(out: Path, lines: Sequence[Line], figures: Mapping[str, float]) -> None:
    said = {
        "machine": {"system": platform.platform(), "python": sys.version.split()[0]},
        "too_busy_to_tell": any(line.too_busy for line in lines) or any(_varied(*one) for one in figures.items()),
        "calls": [asdict(line) for line in lines],
        "figures": dict(figures),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(said, indent=2), "utf-8")
    print(f"\nwritten to {out}")


def _varied(name: str, value: float) -> bool:
    """Whether a figure says that what is always the same took another time in each round."""
    return name.endswith(SPREAD) and value > BUSY


if __name__ == "__main__":
    sys.exit(main())
