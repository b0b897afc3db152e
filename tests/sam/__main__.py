"""Send every sample event to the functions that `sam build` made, and look at the answers.

    python -m tests.sam containers --sam .venv/sam/bin/sam --image … --host 172.17.0.1
    python -m tests.sam runtime --emulator aws-lambda-rie --python … --libraries …

`.ci/sam_local` finds out which of the two can be had here, and calls this.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.sam import checks
from tests.sam.checks import Check, Invoke
from tests.sam.containers import Containers, tidy
from tests.sam.runtime import Runtime
from tests.sam.world import World, event, names_are_the_samples, world


def main() -> int:
    asked = _parser().parse_args()
    with world(asked.host, asked.port) as made:
        if not names_are_the_samples(made):
            print("the sample events do not agree on what they are about", file=sys.stderr)
            return 1
        failed = _in_containers(asked, made) if asked.how == "containers" else _here(asked, made)
    for one in failed:
        print(f"FAILED: {one}", file=sys.stderr)
    return 1 if failed else 0


def _in_containers(asked: Any, made: World) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        containers = Containers(asked.sam, asked.image, made, Path(folder))

        def invoke(module: str, sample: Any) -> Any:
            if module == checks.RUN.module:
                return containers.execute(module, sample, asked.port + 20)
            return containers.invoke(module, sample)

        print("sam local invoke:", flush=True)
        failed = _sent(checks.ALONE, invoke, made)
        print("sam local start-api:", flush=True)
        with containers.api(asked.port + 10) as request:
            failed += _sent(checks.ROUTED, request, made) + _refused(request)
        if failed:
            print(containers.api_said, file=sys.stderr)
    tidy()
    return failed


def _here(asked: Any, made: World) -> list[str]:
    runtime = Runtime(asked.emulator, asked.python, asked.libraries, made, asked.port + 10)

    def invoke(module: str, sample: Any) -> Any:
        if module == checks.RUN.module:
            port = asked.port + 20
            return runtime.execute(module, sample, port, over=lambda: made.run().is_over)
        return runtime(module, sample)

    print("Lambda's runtime interface emulator:", flush=True)
    failed = _sent((*checks.ALONE, *checks.ROUTED), invoke, made) + _refused(invoke)
    slow = sorted(runtime.starts.items(), key=lambda one: -one[1])
    print(f"cold start, ms: {', '.join(f'{module[10:]} {ms:.0f}' for module, ms in slow)}")
    return failed


def _sent(all_of: Iterable[Check], invoke: Invoke, made: World) -> list[str]:
    failed = []
    for check in all_of:
        began = time.monotonic()
        answer = invoke(check.module, event(check.module))
        seconds = time.monotonic() - began
        good = check.holds(answer, made)
        print(f"  {'ok ' if good else 'NOT'} {seconds:6.2f} s  {check.module}", flush=True)
        if good:
            check.then(made)
        else:
            failed.append(f"{check.module} answered {answer}")
    return failed


def _refused(invoke: Invoke) -> list[str]:
    """A wrong key is refused in the words of the API that was called."""
    module = "functions.borrower.get_campaign"
    asked = event(module)
    asked["headers"]["x-api-key"] = "sk_live_of_nobody"
    answer = invoke(module, asked)
    good = answer["statusCode"] == 401 and '"status":401' in answer["body"]
    print(f"  {'ok ' if good else 'NOT'}           {module} with a wrong key", flush=True)
    return [] if good else [f"a wrong key was answered {answer}"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sam")
    hows = parser.add_subparsers(dest="how", required=True)
    containers = hows.add_parser("containers")
    containers.add_argument("--sam", type=Path, required=True)
    containers.add_argument("--image", required=True, help="Lambda's, or what stands in for it")
    runtime = hows.add_parser("runtime")
    runtime.add_argument("--emulator", type=Path, required=True)
    runtime.add_argument("--python", type=Path, required=True, help="one with awslambdaric")
    runtime.add_argument("--libraries", type=Path, required=True, help="the layer's python folder")
    for one in (containers, runtime):
        one.add_argument("--host", default="127.0.0.1", help="where functions find the emulator")
        one.add_argument("--port", type=int, default=4600)
    return parser


if __name__ == "__main__":
    sys.exit(main())
