// Keeps the page up to date without losing anything: the fridge says which tabs changed, what differs is changed in place.
// What somebody has typed, opened or is touching stays as it is; forms are sent without leaving the page.
"use strict";
(() => {
  const root = document.documentElement, body = document.body, tab = body.dataset.tab;
  const said = document.getElementById("said"), bar = document.getElementById("offline");
  let source = null, timer = 0, running = null, again = false, wasLost = document.hidden, finger = null, sleeping = 0;
  root.classList.add("js");

  // --- What is typed ---

  const fields = "input:not([type=hidden]):not([type=submit]), textarea, select";
  const changed = field => field.type === "file" ? field.files.length > 0 : field.tagName === "SELECT"
    ? [...field.options].some(one => one.selected !== one.defaultSelected) && field.selectedIndex > 0
    : field.value !== field.defaultValue;
  const precious = part => [part, ...part.querySelectorAll("*")].some(one => one === document.activeElement || one.matches?.(fields) && changed(one));

  // --- Changing in place ---

  function morph(old, fresh) {
    for (const { name } of [...old.attributes])
      if (!fresh.hasAttribute(name) && !(name === "open" && old.tagName === "DETAILS")) old.removeAttribute(name);
    const kept = old.matches(fields) && changed(old);
    for (const { name, value } of fresh.attributes)
      if (old.getAttribute(name) !== value && !(kept && name === "value") && !(name === "open")) {
        old.setAttribute(name, value);
        if (name === "value" && old.matches(fields) && old !== document.activeElement) old.value = value;
      }
    if (old.tagName !== "SELECT" || !changed(old)) children(old, fresh);
  }

  const alike = (one, other) => one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");

  function children(old, fresh) {
    const named = new Map([...old.children].filter(one => one.id).map(one => [one.id, one]));
    const wanted = new Set([...fresh.children].map(one => one.id).filter(Boolean));
    let at = old.firstChild;
    for (const other of [...fresh.childNodes]) {
      while (at && at.id && !wanted.has(at.id)) { const next = at.nextSibling; gone(at); at = next; }
      const match = other.id ? named.get(other.id) : at && alike(at, other) ? at : null;
      if (match && alike(match, other)) {
        if (match === at) at = at.nextSibling;
        else old.insertBefore(match, at);
        if (match.nodeType === 1) { if (!match.isEqualNode(other)) morph(match, other); }
        else if (match.data !== other.data) match.data = other.data;
      } else old.insertBefore(document.importNode(other, true), at);
    }
    while (at) { const next = at.nextSibling; gone(at); at = next; }
  }

  // What holds something typed, or the focus, stays until that is done with.
  function gone(node) {
    if (node.nodeType === 1 && precious(node)) node.classList.add("stale");
    else node.remove();
  }

  // --- Asking and sending ---

  function refresh() {
    if (running || finger) again = true;
    else take(location.href, { cache: "no-store" });
  }

  // What somebody does is never left out: it waits for its turn.
  function take(...request) {
    const turn = (running || Promise.resolve()).then(() => load(...request));
    running = turn;
    return turn.finally(() => { if (running === turn) { running = null; if (again) soon(120); } });
  }

  async function load(address, options = {}) {
    let answer;
    try { answer = await fetch(address, options); }
    catch { if (options.method) tell(body.dataset.unsent, true); else lost(); return false; }
    if (options.method && !answer.ok) { tell(body.dataset.refused.replace("{why}", answer.status), true); return false; }
    if (!answer.ok) return false;
    if (options.method && new URL(answer.url).pathname !== location.pathname) { location.assign(answer.url); return true; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    await Promise.all([...fresh.querySelectorAll("[data-live] image")].map(image => {  // or they would flicker
      const picture = new Image();
      picture.src = image.getAttribute("href");
      return picture.decode().catch(() => {});
    }));
    const failed = fresh.querySelector("#said .bad");
    if (options.form && !failed) clear(options.form);
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (part === said) { if (options.method && other) { said.replaceChildren(...other.childNodes); hush(); } }
      else if (other && !part.isEqualNode(other)) morph(part, other);
    }
    wake();
    return !failed;
  }

  // What was sent is no longer something typed.
  function clear(form) {
    if (form.hasAttribute("data-clear") || form.dataset.quiet === "clear" || form.matches(".name")) form.reset();
    for (const field of form.querySelectorAll(fields)) if ("defaultValue" in field && field.type !== "file") field.defaultValue = field.value;
    if (form.contains(document.activeElement)) document.activeElement.blur();
    const open = form.closest("details:not(.fold)");
    if (open && form.matches(".change, [data-clear]")) open.open = false;
  }

  function tell(text, bad) {
    const note = document.createElement("div"), line = document.createElement("p");
    note.className = bad ? "said bad" : "said";
    line.textContent = text;
    note.append(line);
    said.replaceChildren(note);
    if (!bad) hush();
  }
  const hush = () => { clearTimeout(hush.timer); hush.timer = setTimeout(() => said.replaceChildren(), 10000); };

  document.addEventListener("submit", event => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-plain]")) return;
    event.preventDefault();
    if (body.classList.contains("lost")) { tell(body.dataset.unsent, true); return; }
    const values = new FormData(form, event.submitter);
    const sent = form.enctype === "multipart/form-data" ? values : new URLSearchParams(values);
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
    take(form.action, { method: "POST", body: sent, form })
      .finally(() => { for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy"); });
  });

  // What has just gone stays in its place for a while: then it is asked for anew.
  function wake() {
    clearTimeout(sleeping);
    const left = [...document.querySelectorAll("[data-left]")].map(one => Number(one.dataset.left));
    if (left.length) sleeping = setTimeout(refresh, Math.min(...left) * 1000 + 150);
  }

  const soon = wait => { clearTimeout(timer); timer = setTimeout(() => { again = false; refresh(); }, wait); };

  // --- Whether the fridge is there ---

  let since = "", doubt = 0;

  function lost() {
    if (body.classList.contains("lost") || document.hidden) return;
    clearTimeout(doubt);
    doubt = setTimeout(() => {
      since = since || new Date().toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
      bar.textContent = bar.dataset.text.replace("{when}", since);
      bar.hidden = false;
      body.classList.add("lost");
    }, 700);
  }

  function found() {
    clearTimeout(doubt);
    if (body.classList.contains("lost")) { if (said.querySelector(".bad")) said.replaceChildren(); wasLost = true; }
    body.classList.remove("lost");
    bar.hidden = true;
    since = "";
  }

  // A link would lead to the browser's own page of errors, which does not come back.
  document.addEventListener("click", event => {
    const link = event.target.closest?.("a[href], [data-plain] button");
    if (link && body.classList.contains("lost")) event.preventDefault();
  }, true);

  // --- One visible window listens, and tells the others; a hidden one does neither, as a browser has few connections. ---

  const events = new URL("../events", document.currentScript.src), others = new BroadcastChannel(events.href);
  const me = Math.random();
  let leaderSeen = 0, election = 0;

  const heard = tabs => { if (tabs.split(" ").includes(tab)) soon(80); };
  const quit = () => { clearTimeout(election); source?.close(); source = null; };

  function follow() {
    found();
    if (wasLost) soon(0);
    wasLost = false;
  }

  function listen() {
    source = new EventSource(events);
    source.onopen = () => { follow(); others.postMessage({ leader: me }); };
    source.onmessage = event => { heard(event.data); others.postMessage({ leader: me, tabs: event.data }); };
    source.onerror = () => {
      lost();
      others.postMessage({ lost: true });
      wasLost = true;
      if (source?.readyState === 2) { quit(); election = setTimeout(watch, 2000); }
    };
  }

  function watch() {
    if (document.hidden || source) return;
    others.postMessage({ asks: true });
    clearTimeout(election);
    const asked = Date.now();
    election = setTimeout(() => { if (leaderSeen < asked) listen(); }, 150 + 150 * Math.random());
  }

  others.onmessage = ({ data }) => {
    if (document.hidden) return;
    if (data.lost) lost();
    if (data.asks && source?.readyState === 1) others.postMessage({ leader: me });
    if (data.left) watch();
    if (data.leader === undefined) return;
    leaderSeen = Date.now();
    if (source && data.leader < me) quit();  // two began at once
    if (!source) follow();
    if (data.tabs) heard(data.tabs);
  };

  function leave() {
    if (source) others.postMessage({ left: true });
    quit();
    wasLost = true;
  }
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else watch(); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", watch);
  document.addEventListener("focusout", () => { if (document.querySelector(".stale")) soon(200); });

  // --- Fingers: nothing changes under one; a row is swept away ---

  let from = null;
  document.addEventListener("pointerdown", event => {
    finger = event.target;
    const row = event.pointerType === "touch" && event.target.closest?.(".food");
    from = row && row.querySelector(".gone-now") ? { row, x: event.clientX, y: event.clientY } : null;
  }, true);
  document.addEventListener("pointermove", event => {
    if (!from) return;
    const x = event.clientX - from.x;
    if (Math.abs(event.clientY - from.y) > 40) { from.row.style.transform = ""; from = null; }
    else if (Math.abs(x) > 12) from.row.style.transform = `translateX(${x}px)`;
  }, { passive: true });
  for (const kind of ["pointerup", "pointercancel"])
    document.addEventListener(kind, event => {
      if (from) {
        from.row.style.transform = "";
        if (kind === "pointerup" && Math.abs(event.clientX - from.x) > from.row.clientWidth * 0.35) from.row.querySelector(".gone-now").requestSubmit();
      }
      from = null;
      setTimeout(() => { finger = null; if (again) soon(0); });  // after its click
    }, true);

  // --- The value of a curve under the finger ---

  document.addEventListener("pointermove", event => {
    const chart = event.target.closest?.("svg.chart[data-from]");
    if (chart) read(chart, event.clientX);
  }, { passive: true });

  function read(chart, clientX) {
    const box = chart.getBoundingClientRect(), x = (clientX - box.left) / box.width * 360;
    const points = chart.points || (chart.points = vertices(chart));
    if (!points.length) return;
    const [px, py] = points.reduce((best, one) => Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best);
    const { from, to, low, high, unit, digits } = chart.dataset;
    const value = Number(low) + (128 - py) / 118 * (high - low), at = new Date((Number(from) + (px - 44) / 310 * (to - from)) * 1000);
    const mark = chart.mark || (chart.mark = chart.appendChild(document.createElementNS(chart.namespaceURI, "path")));
    mark.setAttribute("d", `M${px} 10V128`);
    mark.setAttribute("stroke", "currentColor");
    const out = chart.parentNode.querySelector("output");
    if (out) out.textContent = `${at.toLocaleString(root.lang, { weekday: "short", hour: "2-digit", minute: "2-digit" })} · ${value.toFixed(Number(digits))} ${unit}`;
  }

  function vertices(chart) {
    const points = [];
    for (const run of (chart.querySelector("path.curve")?.getAttribute("d") || "").split("M").filter(Boolean)) {
      const [x, y, ...steps] = (run.replace(/h1$/, "").match(/-?\d+/g) || []).map(Number);
      let at = [x, y];
      points.push(at);
      for (let n = 0; n + 1 < steps.length; n += 2) { at = [at[0] + steps[n], at[1] + steps[n + 1]]; points.push(at); }
    }
    return points.map(([x, y]) => [x / 10, y / 10]);
  }

  setInterval(() => { if (!document.hidden) { soon(0); watch(); } }, 30000);

  const place = new URL(location.href);
  if (place.searchParams.has("said")) {
    for (const name of ["said", "item", "why"]) place.searchParams.delete(name);
    history.replaceState(null, "", place);
    hush();
  }
  if (matchMedia("(min-width: 60em)").matches) for (const part of document.querySelectorAll("details#news, details#sight")) part.open = true;
  wake();
  watch();
})();
