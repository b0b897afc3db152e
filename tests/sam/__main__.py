"""Send every sample event to the functions that `sam build` made, and look at the answers.

    python -m tests.sam --emulator aws-lambda-rie --python … --libraries … \\
        [--sam .venv/sam/bin/sam --image … --host 172.17.0.1]

All go to Lambda's runtime interface emulator, which is what a container of `sam local` holds. With
an image, those that no route leads to go to `sam local invoke` in its place, and a choice from
each API to `sam local start-api`: a container costs seven seconds, so not all of them.
`.ci/sam_local` finds out what can be had here, and calls this.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
        runtime = Runtime(asked.emulator, asked.python, asked.libraries, made, asked.port + 10)
        failed = _in_containers(asked, made, runtime) if asked.image else _here(made, runtime)
        slow = sorted(runtime.starts.items(), key=lambda one: -one[1])
        print(f"cold start, ms: {', '.join(f'{module[10:]} {ms:.0f}' for module, ms in slow)}")
    for one in failed:
        print(f"FAILED: {one}", file=sys.stderr)
    return 1 if failed else 0


def _in_containers(asked: Any, made: World, runtime: Runtime) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        containers = Containers(asked.sam, asked.image, made, Path(folder))

        def invoke(module: str, sample: Any) -> Any:
            if module == checks.RUN.module:
                return containers.execute(module, sample, asked.port + 20)
            return containers.invoke(module, sample)

        print("sam local invoke:", flush=True)
        failed = _sent(checks.ALONE, invoke, made)
        print("sam local start-api, and Lambda's runtime interface emulator:", flush=True)
        with _start_api(containers, asked.port + 30) as request:

            def ask(module: str, sample: Any) -> Any:
                return (request if module in checks.CONTAINED else runtime)(module, sample)

            failed += _sent(checks.ROUTED, ask, made) + _refused(ask)
    tidy()
    return failed


@contextmanager
def _start_api(containers: Containers, port: int) -> Iterator[Invoke]:
    try:
        with containers.api(port) as request:
            yield request
    except Exception:
        print(containers.api_said, file=sys.stderr)
        raise


def _here(made: World, runtime: Runtime) -> list[str]:
    def invoke(module: str, sample: Any) -> Any:
        if module == checks.RUN.module:
            port = runtime.port + 10
            return runtime.execute(module, sample, port, over=lambda: made.run().is_over)
        return runtime(module, sample)

    print("Lambda's runtime interface emulator:", flush=True)
    return _sent((*checks.ALONE, *checks.ROUTED), invoke, made) + _refused(invoke)


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
    parser.add_argument("--emulator", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="one with awslambdaric")
    parser.add_argument("--libraries", type=Path, required=True, help="the layer's python folder")
    parser.add_argument("--sam", type=Path)
    parser.add_argument("--image", help="for containers: Lambda's, or what stands in for it")
    parser.add_argument("--host", default="127.0.0.1", help="where functions find the emulator")
    parser.add_argument("--port", type=int, default=4600)
    return parser


if __name__ == "__main__":
    sys.exit(main())
