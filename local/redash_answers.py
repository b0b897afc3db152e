"""What the local Redash answers, without HTTP: statuses, texts and documents as the real one's."""

import json
from dataclasses import dataclass
from typing import Any

from local.redash_jobs import Job, Jobs, Results, Status
from local.redash_queries import QueryShelf, StoredQuery

_LOGIN_AGAIN = "Couldn't find resource. Please login and try again."
_NOT_FOUND = (
    "The requested URL was not found on the server. If you entered the URL manually please check "
    "your spelling and try again."
)
_NO_PERMISSION = (
    "You don't have the permission to access the requested resource. It is either read-protected "
    "or not readable by the server."
)
JSON = "application/json"
HTML = "text/html; charset=utf-8"
PAGE = b"<!DOCTYPE html><html><head><title>Redash</title></head><body></body></html>"


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    kind: str = JSON


class Refusal(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.reply = Reply(status, json.dumps(body).encode())

    @classmethod
    def saying(cls, status: int, text: str) -> "Refusal":
        return cls(status, {"message": text})

    @classmethod
    def of_job(cls, status: int, text: str) -> "Refusal":
        return cls(status, {"job": {"status": Status.FAILED, "error": text}})


@dataclass(frozen=True)
class Asked:
    """A request to one of the routes. `query_key_of` is set when a query's own key came along."""

    route: str
    ids: dict[str, str | None]
    is_user: bool
    query_key_of: StoredQuery | None
    body: bytes

    @property
    def query_id(self) -> int | None:
        found = self.ids.get("query")
        return int(found) if found else None


class Redash:
    """What is asked and what is answered, without HTTP."""

    def __init__(self, shelf: QueryShelf, jobs: Jobs, results: Results, key: str) -> None:
        self.shelf = shelf
        self.jobs = jobs
        self._results = results
        self._key = key

    def who(self, key: str) -> tuple[bool, StoredQuery | None]:
        return bool(key) and key == self._key, self.shelf.opened_by(key)

    def answer(self, asked: Asked, shape: str | None) -> Reply:
        if not asked.is_user:
            own = asked.query_key_of
            reads = asked.route in ("read", "edit")
            if own is None or asked.query_id != own.id or reads:
                raise Refusal.saying(404, _LOGIN_AGAIN)
        match asked.route:
            case "read" | "edit":
                return self._query(asked)
            case "submit":
                return self._submit(asked, shape)
            case "poll":
                return self._poll(asked)
            case "cancel":
                if job := self.jobs.find(str(asked.ids["job"])):
                    self.jobs.cancel(job)
                return Reply(200, b"null")
        return self._result(int(str(asked.ids["result"])), asked, shape)

    def _query(self, asked: Asked) -> Reply:
        assert asked.query_id is not None
        wanted = json.loads(asked.body or b"{}")
        if asked.route == "edit" and "query" in wanted:
            query = self.shelf.edit(asked.query_id, wanted["query"])
        else:
            query = self.shelf.find(asked.query_id)
        if query is None:
            raise Refusal.saying(404, _NOT_FOUND)
        if query.closed_to == "everybody":
            raise Refusal.saying(403, _NO_PERMISSION)
        shown = {
            "id": query.id,
            "name": query.name,
            "description": None,
            "query": query.sql,
            "data_source_id": None if query.closed_to == "source" else 1,
            "latest_query_data_id": self._results.latest(query.id),
            "schedule": None,
            "api_key": query.api_key,
            "is_archived": False,
            "is_draft": False,
            "version": query.version,
            "options": {"parameters": [{"name": name} for name in query.missing({})]},
            "tags": [],
            "visualizations": [],
            "can_edit": True,
        }
        return Reply(200, json.dumps(shown).encode())

    def _submit(self, asked: Asked, shape: str | None) -> Reply:
        assert asked.query_id is not None
        query = self.shelf.find(asked.query_id)
        if query is None:
            raise Refusal.saying(404, _NOT_FOUND)
        # A body that cannot be read counts as none at all, and none means: any stored result.
        try:
            wanted = json.loads(asked.body)
        except ValueError:
            wanted = {}
        if not isinstance(wanted, dict):
            wanted = {}
        parameters = wanted.get("parameters") or {}
        if unfit := query.unfit(parameters):
            raise Refusal.saying(
                400,
                "The following parameter values are incompatible with their definitions: "
                + ", ".join(unfit),
            )
        if missing := query.missing(parameters):
            raise Refusal.of_job(400, f"Missing parameter value for: {', '.join(missing)}")
        if query.closed_to == "everybody":
            raise Refusal.of_job(
                403, "You do not have permission to run queries with this data source."
            )
        if query.closed_to == "source":
            raise Refusal.of_job(401, "Target data source not available.")
        latest = self._results.latest(query.id)
        if latest and (wanted.get("max_age", -1) != 0 or shape == "stored"):
            return self._result(latest, asked, None)
        auto_limit = wanted.get("apply_auto_limit", True) is not False
        return _job_reply(
            self.jobs.submit(query.id, query.filled(parameters, auto_limit=auto_limit))
        )

    def _poll(self, asked: Asked) -> Reply:
        job = self.jobs.find(str(asked.ids["job"]))
        if job is None:
            raise Refusal.saying(500, "Internal Server Error")
        if job.past_its_limit:
            return Reply(500, PAGE, HTML)
        if asked.query_id not in (None, job.query_id):
            raise Refusal.saying(404, _NOT_FOUND)
        return _job_reply(job)

    def _result(self, result_id: int, asked: Asked, shape: str | None) -> Reply:
        about = self._results.about(result_id)
        if about is None or asked.query_id not in (None, about["query_id"]):
            raise Refusal.saying(404, "No cached result found for this query.")
        del about["query_id"]
        if not asked.is_user:
            about = {"retrieved_at": about["retrieved_at"]}
        columns = b'"columns": ' + self._results.columns(result_id)
        rows = b'"rows": ' + self._results.rows(result_id)
        parts = (rows, columns) if shape == "rows-first" else (columns, rows)
        before = {name: about.pop(name) for name in ("id", "query_hash", "query") if name in about}
        head = json.dumps(before)[1:-1].encode() + (b", " if before else b"")
        tail = json.dumps(about)[1:].encode()
        return Reply(
            200,
            b'{"query_result": {' + head + b'"data": {' + b", ".join(parts) + b"}, " + tail + b"}",
        )


def _job_reply(job: Job) -> Reply:
    return Reply(200, json.dumps({"job": job.as_json()}).encode())
