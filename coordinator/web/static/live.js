// Keeps the parts of a page up to date: the server sends the parts that have changed, by id.

const root = document.documentElement;
const line = document.getElementById("line");

function where() {
  const page = new URL(window.location.href);
  page.pathname = `${page.pathname.replace(/\/$/, "")}/live`;
  page.searchParams.set("have", root.dataset.parts);
  page.searchParams.set("spoken", root.lang);
  page.hash = "";
  return page;
}

function inUse(part) {
  const focus = document.activeElement;
  return focus !== null && part.contains(focus) && focus.matches("input, select, textarea, button");
}

function put(id, html) {
  const part = document.getElementById(id);
  if (part === null) return;
  if (inUse(part)) { // whoever types is not disturbed: it is put in when they are done
    part.addEventListener("focusout", () => setTimeout(() => put(id, html), 200), { once: true });
    return;
  }
  const open = [...part.querySelectorAll("details")].map((each) => each.open);
  part.outerHTML = html;
  const fresh = document.getElementById(id);
  fresh.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? false; });
  fresh.classList.add("fresh");
}

async function reload() {
  const answer = await fetch(window.location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  root.dataset.parts = page.documentElement.dataset.parts;
}

function follow() {
  if (document.querySelector("[data-still]") !== null) return;
  const source = new EventSource(where());
  source.onopen = () => { line.hidden = true; };
  source.onerror = () => {
    line.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
  };
  source.onmessage = (event) => {
    const told = JSON.parse(event.data);
    root.dataset.parts = event.lastEventId;
    if (told.reload) reload();
    else for (const [id, html] of Object.entries(told.parts)) put(id, html);
  };
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

follow();
