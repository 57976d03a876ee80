// The API reference in a browser: find a call, copy an example, try a call. Without it the pages still read.
"use strict";

const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const base = document.querySelector(".reference").dataset.base;
const LONGEST = 100_000; // characters of an answer that are shown

// Find a call

const finder = document.getElementById("find");
const side = document.querySelector(".calls");

function find() {
  const words = finder.value.toLowerCase().split(/[\s/]+/).filter(Boolean);
  let found = 0;
  for (const group of all("[data-group]", side)) {
    const calls = all("[data-words]", group);
    for (const call of calls) {
      const text = `${group.firstElementChild.textContent} ${call.textContent} ${call.dataset.words}`.toLowerCase();
      call.parentElement.hidden = !words.every((word) => text.includes(word));
    }
    const shown = calls.filter((call) => !call.parentElement.hidden).length;
    group.hidden = shown === 0;
    found += shown;
  }
  side.classList.toggle("finding", words.length > 0);
  side.querySelector(".nothing").hidden = found > 0;
  document.getElementById("found").textContent = words.length ? `${found} calls` : "";
}

finder.closest(".find").hidden = false;
finder.addEventListener("input", find);
finder.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { finder.value = ""; find(); }
  if (event.key === "Enter") side.querySelector("[data-group]:not([hidden]) li:not([hidden]) [data-words]")?.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea")) { event.preventDefault(); finder.focus(); }
});
side.addEventListener("click", (event) => { if (event.target.closest("a")) document.getElementById("menu").checked = false; });

// Where the reader is

const places = new Map(all("ul:not(.others) > li > a[data-words]", side).map((link) => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) {
    for (const link of places.values()) link.classList.toggle("here", link === places.get(entry.target.id));
  }
}, { rootMargin: "-10% 0px -80% 0px" });
for (const section of all("section.call[id]")) watcher.observe(section);

// Copy

for (const button of all(".copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest(".sheet").querySelector("pre").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

// Keys and ids are typed once and stay in this tab

const kept = (name) => sessionStorage.getItem(`tearoff.api.${name}`) ?? "";
const keep = (name, value) => sessionStorage.setItem(`tearoff.api.${name}`, value);
const keys = document.querySelector(".keys");

keys.hidden = false;
for (const field of all("input", keys)) {
  field.value = kept(field.name);
  field.addEventListener("input", () => { keep(field.name, field.value.trim()); keys.classList.remove("wanted"); });
}
keys.addEventListener("submit", (event) => event.preventDefault());
for (const field of all("[data-kept]")) {
  if (kept(field.name)) field.value = kept(field.name);
  field.addEventListener("change", () => {
    keep(field.name, field.value.trim());
    for (const other of all(`[data-kept][name="${field.name}"]`)) other.value = field.value;
  });
}

// Try a call

for (const box of all(".try")) {
  box.hidden = false;
  const form = box.querySelector("form");
  const more = form.querySelector(".all");
  if (form.querySelector(".spare")) {
    box.classList.add("few");
    more.hidden = false;
    more.addEventListener("click", () => { box.classList.remove("few"); more.hidden = true; });
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}

async function send(form) {
  const outcome = form.querySelector(".outcome");
  if (!kept("client_id") || !kept("client_secret")) {
    outcome.replaceChildren(made("p", "Type your keys at the top of the page first.", "warning"));
    keys.classList.add("wanted");
    keys.querySelector("input").focus();
    return;
  }
  let request;
  try {
    request = asked(form);
  } catch (wrong) {
    outcome.replaceChildren(made("p", wrong.message, "warning"));
    return;
  }
  const button = form.querySelector("[type=submit]");
  button.setAttribute("aria-busy", "true");
  try {
    const start = performance.now();
    const answer = await fetch(request.path, {
      method: request.method, body: request.body, cache: "no-store", credentials: "omit", redirect: "error",
      headers: { "X-Client-Id": kept("client_id"), "X-Client-Secret": kept("client_secret"), ...request.headers },
    });
    const text = await answer.text();
    show(outcome, answer, text, performance.now() - start, request);
  } catch (lost) {
    outcome.replaceChildren(made("p", `The request did not get through: ${lost.message}`, "warning"));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function asked(form) {
  const method = form.elements["-verb"]?.value ?? form.dataset.methods.split(" ")[0];
  let path = form.dataset.path;
  const given = {};
  for (const field of all("[name]:not([name='-verb'])", form)) {
    const value = field.value.trim();
    if (path.includes(`{${field.name}}`)) {
      if (!value) throw new Error(`${field.name} is part of the address: it must be given.`);
      path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    } else if (value) {
      given[field.name] = "json" in field.dataset ? parsed(field.name, value) : value;
    }
  }
  if (method === "GET") {
    const query = new URLSearchParams(Object.entries(given).map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : value]));
    return { method, path: query.size ? `${path}?${query}` : path, headers: {} };
  }
  return { method, path, body: JSON.stringify(given), headers: { "Content-Type": "application/json" } };
}

function parsed(name, text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is no JSON.`);
  }
}

function show(outcome, answer, text, time, request) {
  const line = made("div", "", "row");
  const total = answer.headers.get("X-Total-Count");
  line.append(made("span", `${answer.status}`, answer.ok ? "status ok" : "status bad"));
  line.append(made("span", `${Math.round(time)} ms${total === null ? "" : `, ${total} in all`}`, "small hush"));
  outcome.replaceChildren(line, block("Answer", pretty(text)), block("The same with curl", curl(request)));
}

function pretty(text) {
  let words = text;
  try {
    words = JSON.stringify(JSON.parse(text), null, 2);
  } catch { /* it is shown as it came */ }
  return words.length > LONGEST ? `${words.slice(0, LONGEST)}\n… ${words.length - LONGEST} more characters` : words;
}

function curl(request) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const lines = [`curl ${request.method === "POST" ? "" : `-X ${request.method} `}${quoted(base + request.path)}`,
    '-H "X-Client-Id: $CLIENT_ID"', '-H "X-Client-Secret: $CLIENT_SECRET"'];
  if (request.body) lines.push('-H "Content-Type: application/json"', `-d ${quoted(request.body)}`);
  return lines.join(" \\\n  ");
}

function block(title, text) {
  const pre = made("pre");
  pre.tabIndex = 0;
  pre.setAttribute("aria-label", title);
  pre.append(made("code", text));
  return pre;
}

function made(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}
