"""Checks the evidence of a run: `python -m local.verify evidence.zip`.

It needs nothing but Python itself and believes nothing but what it reckons: this one file can be
handed to whoever has to check. It ends with 0 if all holds, with 1 if anything does not.

Every hash shows that nothing was changed since the ZIP was made, and the ZIP's own hash (which
the service answers beside the link) that it is that ZIP. The tables show that the run kept its
promises: that each row has one fate, and that nobody stands in the contact file without a
decision that allows it. Of a run that sends, they show what became of each message, and that none
left without such a decision, either.
"""

import argparse
import csv
import io
import json
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Any

MANIFEST, SUMS, LOG_LINES, LOG = "manifest.json", "SHA256SUMS", "log.jsonl", "log.txt"
QUERY, RULES, RECEIPT, LINES = "query.sql", "rules.json", "receipt.json", "contact_lines.csv"
RESULTS, INPUT = "query_results.csv", "campaign_input.csv"
DECISIONS, REJECTS, MESSAGES = "decisions.csv", "rejects.csv", "messages.csv"
WENT_OUT = frozenset({"sent", "delivered", "bounced", "complained"})
REFUSED = {"suppressed": "suppress", "deferred": "defer", "held": "hold"}
"""What a message is that was refused at the moment of its send, and the verdict on it."""
SHORT = 12
REPLACED = "letters_replaced"
"""A line of rejects.csv that is no rejection: the row is exported without some letters."""
_PIECE = 1024 * 1024
_SHOWN = 5
_ENOUGH = 12
"""Bytes of a hash that tell messages of one run apart."""
_MOST = 255

_UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    csv.Error,
)
"""What reading raises where something is not of its form."""

csv.field_size_limit(2**31 - 1)


class Broken(Exception):
    """What does not hold; what follows from it needs no checking."""


@dataclass(slots=True)
class Report:
    """What was checked. `show` is told as it goes."""

    show: Callable[[str], None]
    held: int = 0
    broken: list[str] = field(default_factory=list)

    def check(self, what: str, do: Callable[[], str | None]) -> None:
        """`do` answers what it saw, None where there was nothing to check; it raises Broken."""
        try:
            seen = do()
        except Broken as found:
            self.broken.append(f"{what}: {found}")
            self.show(f"BROKEN  {what}: {found}")
        except _UNREADABLE as found:
            text = f"cannot be read ({type(found).__name__}: {found})"
            self.broken.append(f"{what}: {text}")
            self.show(f"BROKEN  {what}: {text}")
        else:
            if seen is None:
                self.show(f"-       {what}: nothing to check")
            else:
                self.held += 1
                self.show(f"holds   {what}: {seen}")


def verify(
    path: Path, *, expected: str | None = None, show: Callable[[str], None] = print
) -> list[str]:
    """What is broken of the evidence at `path`; `expected` is the SHA-256 it should have."""
    report = Report(show)
    try:
        with zipfile.ZipFile(path) as pack:
            _verify(_Evidence(path, pack), expected, report)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError) as found:
        # What is changed may also be beyond reading: a bad CRC, a method that does not exist.
        report.broken.append(str(found))
        show(f"BROKEN  the ZIP cannot be read: {found}")
    return report.broken


class _Evidence:
    def __init__(self, path: Path, pack: zipfile.ZipFile) -> None:
        self.path = path
        self._pack = pack
        self.names = pack.namelist()

    def has(self, name: str) -> bool:
        return name in self.names

    def bytes_of(self, name: str) -> bytes:
        if name not in self.names:
            raise Broken(f"{name} is not there")
        return self._pack.read(name)

    def json(self, name: str) -> Any:
        return json.loads(self.bytes_of(name))

    def opened(self, name: str) -> IO[bytes]:
        return self._pack.open(name)

    def hash_of(self, name: str, size: int | None = None) -> tuple[str, int]:
        """SHA-256 and length of a member, or of its first bytes."""
        digest, length = sha256(), 0
        with self._pack.open(name) as stream:
            while piece := stream.read(_PIECE if size is None else min(_PIECE, size - length)):
                digest.update(piece)
                length += len(piece)
        return digest.hexdigest(), length

    def rows(self, name: str) -> Iterator[dict[str, str]]:
        with self._pack.open(name) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
            yield from csv.DictReader(text, strict=True)


def _verify(found: _Evidence, expected: str | None, report: Report) -> None:
    report.check("the ZIP is the one that was made", lambda: _is_the_one(found, expected))
    report.check("every file is as it was packed", lambda: _sums(found))
    if report.broken:
        # What is not as it was packed proves nothing, whatever it says.
        return
    try:
        manifest = found.json(MANIFEST)
        told = _Told(found, manifest)
    except _UNREADABLE as unreadable:
        reason = f"it cannot: {unreadable}"
        report.check("the manifest can be read", lambda: _raise(reason))
        return
    report.check("every file is as the run wrote it", lambda: _members(found, manifest))
    report.check("the log is unbroken", lambda: _log(found, manifest))
    report.check("the query is the one that was asked", lambda: _query(found, manifest))
    report.check("whoever held the run released it", lambda: _released(manifest))
    report.check("every row came in", told.input)
    report.check("every decision goes by a known rule", told.decisions)
    report.check("every line of a contact file was made of a row", told.lines)
    report.check("every line has a decision that allows it", told.allowed)
    report.check("every message has one, or why it was refused", told.messages)
    report.check("each row has one fate, and they add up", told.fates)
    report.check("what was delivered is what is here", lambda: _delivered(found, manifest))


def _raise(text: str) -> str:
    raise Broken(text)


def _is_the_one(found: _Evidence, expected: str | None) -> str | None:
    if expected is None:
        return None
    digest = sha256()
    with found.path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != expected.lower():
        raise Broken(f"its SHA-256 is {digest.hexdigest()}")
    return "its SHA-256 is what was expected"


def _sums(found: _Evidence) -> str:
    if len(set(found.names)) != len(found.names):
        raise Broken("a name occurs twice")
    wanted = found.bytes_of(SUMS).decode()
    there = [name for name in found.names if name != SUMS]
    lines = [f"{found.hash_of(name)[0]}  {name}\n" for name in there]
    if wanted != "".join(lines):
        differing = sorted(set(wanted.splitlines(keepends=True)) ^ set(lines))
        names = sorted({line[66:].strip() or line.strip() for line in differing})
        raise Broken(_some(names) or f"{SUMS} is not in its form")
    if MANIFEST not in there:
        raise Broken(f"{MANIFEST} is not there")
    return f"{len(there)} files, each with the SHA-256 of {SUMS}"


def _members(found: _Evidence, manifest: Any) -> str:
    listed = {one["name"]: one for one in manifest["members"]}
    there = set(found.names) - {MANIFEST, SUMS}
    if set(listed) != there:
        raise Broken(f"{_some(sorted(set(listed) ^ there))} is here or in the manifest only")
    recorded = 0
    for name, one in listed.items():
        digest, length = found.hash_of(name)
        if (one["sha256"], one["bytes"]) != (digest, length):
            raise Broken(f"{name} is not what the manifest says")
        if one["recordedSha256"] is not None:
            recorded += 1
            if one["recordedSha256"] != digest:
                raise Broken(f"{name} was changed between the run and the packing")
    return f"{recorded} files with the SHA-256 that the run kept of them"


def _log(found: _Evidence, manifest: Any) -> str:
    told = manifest["log"]
    last = None
    text = f"{told['heading']}\n"
    count = 0
    before = sha256(told["heading"].encode()).hexdigest()
    for count, raw in enumerate(found.bytes_of(LOG_LINES).decode().splitlines(), start=1):
        line = json.loads(raw)
        plain = f"{line['at']}  {line['text']}"
        last = before = sha256(f"{before}\n{plain}".encode("utf-8", "surrogatepass")).hexdigest()
        if line["sha256"] != last:
            raise Broken(f"line {count} does not follow from the one before it")
        text += f"{plain}  [{last[:SHORT]}]\n"
    if (count, last) != (told["lines"], told["sha256"]):
        raise Broken(f"it ends with line {count}, and that is not its last")
    if found.has(LOG) and not manifest["run"]["outside"]:
        shown = found.bytes_of(LOG).decode("utf-8", "surrogatepass")
        if not text.startswith(shown):
            raise Broken(f"{LOG} tells something else than {LOG_LINES}")
    return f"{count} lines, each bound to all before it"


def _query(found: _Evidence, manifest: Any) -> str | None:
    told = manifest["querySha256"]
    if not found.has(QUERY):
        return None if told is None else _raise(f"{QUERY} is not there")
    digest, _ = found.hash_of(QUERY)
    return f"its SHA-256 is {digest[:SHORT]}…" if digest == told else _raise("it is not")


def _released(manifest: Any) -> str | None:
    approvals = manifest["approvals"]
    if not approvals["heldFor"]:
        return None
    reasons = ", ".join(one["code"] for one in approvals["heldFor"])
    if manifest["run"]["status"] == "completed" and approvals["releasedByKey"] is None:
        raise Broken(f"it was held for {reasons}, and completed without a release")
    by = approvals["releasedByKey"]
    return f"held for {reasons}; " + (f"released by key {by}" if by else "not released")


def _delivered(found: _Evidence, manifest: Any) -> str | None:
    """Of contact files and receipt all bytes, of the log as far as it was told by then."""
    contacts = {
        one["sha256"]: one["name"] for one in manifest["members"] if _is_contacts(one["name"])
    }
    checked = 0
    for one in manifest["deliveries"]:
        name = {"receipt": RECEIPT, "log": LOG}.get(one["kind"])
        if one["kind"] == "contacts":
            if contacts.get(one["sha256"]) is None:
                raise Broken(f"{one['file']} is none of the contact files")
        elif name is not None:
            if not found.has(name):
                raise Broken(f"{name} is not there")
            size = int(one["bytes"])
            if found.hash_of(name, size) != (one["sha256"], size):
                raise Broken(f"{one['file']} is not {name}")
        else:
            continue
        checked += 1
    if found.has(RECEIPT):
        for one in found.json(RECEIPT)["deliveries"]:
            if one not in manifest["deliveries"]:
                raise Broken(f"{RECEIPT} tells of {one['file']} what the run does not")
    return f"{checked} files as the server confirmed them" if checked else None


def _is_contacts(name: str) -> bool:
    return name.startswith("contacts_output") and name.endswith(".csv")


class _Told:
    """What the tables of the run tell of each of its rows; read once, in order."""

    def __init__(self, found: _Evidence, manifest: Any) -> None:
        self._found = found
        self._manifest = manifest
        self._decided = bool(manifest["decided"])
        self._rows = int(manifest["counts"]["rowsIn"])
        self._wanted = bytearray(self._rows + 1)
        """Of each row, the decisions that let it into the file."""
        self._seen = bytearray(self._rows + 1)
        """Whether there was any decision."""
        self._lines = bytearray(self._rows + 1)
        self._rejected = bytearray(self._rows + 1)
        self._allowed = bytearray(self._rows + 1)
        """Of each row, the decisions that let a line or a message be made of it."""
        self._sent = bytearray(self._rows + 1)
        self._late: dict[str, tuple[int, str, str, str]] = {}
        """By message, what decided at the moment of its send that it was not to leave."""
        exporter = manifest["exporter"]
        self._format = None if exporter is None else exporter["format"]
        self._verdict = "allow"
        if exporter is not None and exporter["lists"] == "suppressed":
            self._verdict = "suppress"

    def input(self) -> str | None:
        if not self._decided:
            return None
        results = sum(1 for _ in self._found.rows(RESULTS)) if self._rows else 0
        if results != self._rows:
            raise Broken(f"{RESULTS} has {results} rows, and {self._rows} were counted")
        kept, last = 0, 0
        for row in self._found.rows(INPUT):
            number = self._number(row)
            if number <= last:
                raise Broken(f"{INPUT} has row {number} behind row {last}")
            kept, last = kept + 1, number
        return f"{results} rows in {RESULTS}, {kept} of them in {INPUT}"

    def decisions(self) -> str | None:
        if not self._decided:
            return None
        rules = self._found.json(RULES)
        known = {rule["id"] for rule in rules["rules"]}
        count = 0
        for row in self._found.rows(DECISIONS):
            count += 1
            number = self._number(row)
            facts = json.loads(row["facts"])
            message = facts.get("messageId")
            if message is not None:
                # What is held has a reason of its own, that names the fact which nobody knows.
                self._refused(number, message, row, facts.get("reason", row["ruleId"]))
                # It may have been no rule: the day was over, or the address was gone.
                if not row["ruleVersion"]:
                    continue
            if row["ruleId"] not in known:
                raise Broken(f"row {number} goes by {row['ruleId']}, which {RULES} does not have")
            if message is not None:
                # The rules may have been changed since the list was made.
                continue
            if row["ruleVersion"] != rules["version"]:
                raise Broken(f"row {number} goes by {row['ruleVersion']}, not {rules['version']}")
            self._seen[number] = 1
            if row["verdict"] == "allow":
                self._allowed[number] = min(self._allowed[number] + 1, _MOST)
            if row["verdict"] == self._verdict:
                self._wanted[number] = min(self._wanted[number] + 1, _MOST)
        for row in self._found.rows(REJECTS):
            number = self._number(row)
            if row["reason"] != REPLACED:
                if self._rejected[number]:
                    raise Broken(f"row {number} is rejected twice")
                self._rejected[number] = 1
        late = f", {len(self._late)} of them at the moment of a send" if self._late else ""
        return f"{count} decisions by the rules {rules['version']}{late}"

    def _refused(self, number: int, message: str, row: dict[str, str], reason: str) -> None:
        if message in self._late:
            raise Broken(f"message {message} was refused twice")
        if row["verdict"] not in REFUSED.values():
            raise Broken(f"message {message} was decided by the verdict {row['verdict']}")
        self._late[message] = (number, row["address"], row["verdict"], reason)

    def messages(self) -> str | None:
        if not self._decided:
            return None
        if not self._found.has(MESSAGES):
            over = self._manifest["run"]["status"] == "completed"
            if over and (self._manifest["counts"]["sent"] or self._late):
                raise Broken(f"{MESSAGES} is not there, and the run sent")
            return None
        made = bytearray(self._rows + 1)
        refused: set[str] = set()
        seen: set[bytes] = set()
        sent = 0
        for row in self._found.rows(MESSAGES):
            number, id, status = self._number(row), row["messageId"], row["status"]
            mark = sha256(id.encode()).digest()[:_ENOUGH]
            if mark in seen:
                raise Broken(f"message {id} is told of twice")
            seen.add(mark)
            made[number] = min(made[number] + 1, _MOST)
            if status in WENT_OUT:
                sent += 1
                self._sent[number] = 1
            elif status in REFUSED:
                refused.add(id)
                wanted = (number, row["address"], REFUSED[status], row["reason"])
                if self._late.get(id) != wanted:
                    raise Broken(f"message {id} is {status}, and no decision says so")
        if unknown := sorted(self._late.keys() - refused):
            raise Broken(f"{DECISIONS} refuses messages that were not refused: {_some(unknown)}")
        without = [row for row in range(1, self._rows + 1) if made[row] > self._allowed[row]]
        if without:
            raise Broken(f"no decision allows all those of row {_some(without)}")
        return f"{len(seen)} messages, {sent} of them sent and {len(refused)} refused at their send"

    def lines(self) -> str | None:
        if not self._decided or not self._found.has(LINES):
            return None
        there: dict[str, bytearray] = {}
        total = 0
        for name in self._found.names:
            if _is_contacts(name):
                count = self._count(name)
                there[name] = bytearray(count + 1)
                total += count
        for row in self._found.rows(LINES):
            number, line = self._number(row), int(row["line"])
            marks = there.get(row["file"])
            if marks is None or not 0 < line < len(marks):
                raise Broken(f"line {line} of {row['file']} is not there")
            if marks[line]:
                raise Broken(f"line {line} of {row['file']} was made of two rows")
            marks[line] = 1
            self._lines[number] = min(self._lines[number] + 1, _MOST)
        for name, marks in there.items():
            if (line := marks.find(0, 1)) > 0:
                raise Broken(f"line {line} of {name} was made of no row")
        if total != self._manifest["counts"]["lines"]:
            raise Broken(f"{total} lines are here, and another number was counted")
        return f"{total} lines in {len(there)} files"

    def allowed(self) -> str | None:
        if not self._decided or not self._found.has(LINES):
            return None
        lined = [row for row in range(1, self._rows + 1) if self._lines[row]]
        without = [row for row in lined if self._lines[row] > self._wanted[row]]
        if without:
            raise Broken(f"none stands for row {_some(without)}")
        return f"{len(lined)} rows, each decided by the verdict {self._verdict}"

    def fates(self) -> str | None:
        if not self._decided:
            return None
        counts = self._manifest["counts"]
        tells_of_messages = self._found.has(MESSAGES)
        fates = {"exported": 0, "rejected": 0, "sent": 0, "decided": 0}
        for row in range(1, self._rows + 1):
            if self._lines[row] and self._rejected[row]:
                raise Broken(f"row {row} is exported and rejected")
            if self._sent[row] and self._rejected[row]:
                raise Broken(f"row {row} was sent a message and is rejected")
            fate = "exported" if self._lines[row] else "rejected"
            if fate == "rejected" and not self._rejected[row]:
                fate = "sent" if self._sent[row] else "decided"
                if not self._seen[row]:
                    raise Broken(f"row {row} has none")
            fates[fate] += 1
        others = counts["suppressed"] + counts["deferred"]
        # Of a run that broke off before it told what became of messages, it is not known yet.
        wanted = {
            "exported": counts["exported"],
            "rejected": counts["rejected"],
            "sent": counts["sent"] if tells_of_messages else 0,
            "decided": others if tells_of_messages else others + counts["sent"],
        }
        if fates != wanted:
            raise Broken(f"the tables tell {fates}, the run counted {wanted}")
        return (
            f"{self._rows} in = {fates['exported']} exported + {fates['rejected']} rejected"
            f" + {fates['sent']} sent + {fates['decided']} suppressed or deferred"
        )

    def _number(self, row: dict[str, str]) -> int:
        number = int(row["row"])
        if not 0 < number <= self._rows:
            raise Broken(f"there is no row {number}")
        return number

    def _count(self, name: str) -> int:
        """Lines of a contact file, its header not counted."""
        shape = self._format
        if shape is None:
            raise Broken(f"{name} has no format")
        codec = {"utf-8-bom": "utf-8-sig", "windows-1252": "cp1252"}.get(
            shape["encoding"], shape["encoding"]
        )
        with self._found.opened(name) as stream:
            text = io.TextIOWrapper(stream, encoding=codec, newline="")
            if shape["quote"] == "none":
                count = sum(1 for _ in text)
            else:
                count = sum(1 for _ in csv.reader(text, delimiter=shape["delimiter"]))
        return count - bool(shape["header"])


def _some(found: list[Any]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(str(one) for one in islice(found, _SHOWN)) + more


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m local.verify", description="Check the evidence of a run."
    )
    parser.add_argument("zip", type=Path, help="what GET …/runs/{runId}/evidence leads to")
    parser.add_argument("--sha256", help="what the service said the SHA-256 of the ZIP is")
    given = parser.parse_args()
    broken = verify(given.zip, expected=given.sha256)
    print("All that was checked holds." if not broken else f"{len(broken)} checks do not hold.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
