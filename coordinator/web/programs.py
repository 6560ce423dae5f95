"""The form with which a lab gives the program that a job waits for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from coordinator.api.context import App, Who
from coordinator.api.jobs import JobId
from coordinator.service.house import Call
from coordinator.web.forms import Sent, back_to
from coordinator.web.receiving import sent_file
from core.errors import InputError

__all__ = ["router"]

router = APIRouter(include_in_schema=False)


@router.post("/jobs/{job_id}/program", response_class=RedirectResponse, status_code=303)
async def give(application: App, request: Request, actor: Who, job_id: JobId) -> Response:
    """Give a job its program; leads back to where the form stood."""
    await run_in_threadpool(application.programs.require_may_give, Call(actor), job_id)  # before a byte is taken
    async with sent_file(request, "program", "a G-code file") as sent:
        try:
            back = Sent(back=sent.fields.get("back", "/")).back
        except ValueError:
            raise InputError("the form leads nowhere of ours", where="back") from None
        await run_in_threadpool(application.programs.give, Call(actor), job_id, sent.path, sent.name)
    return back_to(back)
