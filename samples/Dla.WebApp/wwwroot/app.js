"use strict";

const $ = id => document.getElementById(id);
const percent = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
let running, address;

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

/** Sends a photo; one that is still being answered is given up. */
async function classify(file) {
  running?.abort();
  const request = running = new AbortController();
  $("result").hidden = true;
  say("Looking at the photo …");
  try {
    const answer = await fetch("classify?maps=true", {
      method: "POST", body: file, signal: request.signal,
      headers: { "Content-Type": file.type.startsWith("image/") ? file.type : "application/octet-stream" },
    });
    if (!answer.ok) throw new Error(await reason(answer));
    show(file, await answer.json());
  } catch (e) {
    if (request !== running || e.name === "AbortError") return;
    say(e instanceof TypeError ? "The server does not answer. Is it running, or is the file too large for it?" : e.message, true);
  }
}

/** What a problem description (RFC 9457) says. */
async function reason(answer) {
  const problem = await answer.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `The server answered with status ${answer.status}.`;
}

function show(file, result) {
  if (address) URL.revokeObjectURL(address);
  $("photo").src = address = URL.createObjectURL(file);
  $("answer").textContent = `${result.label}, ${percent.format(result.probability)}`;
  $("classes").replaceChildren(...result.top.map(row));
  $("time").textContent = `${Math.round(result.milliseconds)} ms on the server`;
  $("result").hidden = false;
  showMap(result.top[0]);
  say("");
  $("answer").focus();
}

function row(one) {
  const item = document.createElement("li"), line = document.createElement("div"), bar = document.createElement("div");
  line.className = "name";
  const name = document.createElement(one.map ? "button" : "span"), value = document.createElement("span");
  name.textContent = one.label;
  if (one.map) {
    name.type = "button";
    name.title = "Show where the model sees it";
    name.addEventListener("click", () => showMap(one));
  }
  value.textContent = percent.format(one.probability);
  line.append(name, value);
  bar.className = "bar";
  bar.setAttribute("aria-hidden", "true");
  const filled = document.createElement("span");
  filled.style.width = `${one.probability * 100}%`;
  bar.append(filled);
  item.append(line, bar);
  return item;
}

/** Lays a class's activation map over the photo, where the model gives one. */
function showMap(one) {
  $("mapping").hidden = !one.map;
  $("mapped").textContent = one.label;
  for (const button of $("classes").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.textContent === one.label));
  if (one.map) {
    $("map").src = one.map;
    $("map").alt = `Your photo with the places that speak for ${one.label}`;
  }
  toggleMap(Boolean(one.map));
}

function toggleMap(has) {
  const visible = has && $("show").checked;
  $("map").hidden = !visible;
  $("photo").hidden = visible;
}

function choose(files) {
  const file = [...files].find(f => f.type.startsWith("image/")) ?? files[0];
  if (file) classify(file);
}

$("file").addEventListener("change", () => { choose($("file").files); $("file").value = ""; });
$("show").addEventListener("change", () => toggleMap(true));
document.addEventListener("paste", e => choose(e.clipboardData.files));
for (const kind of ["dragenter", "dragover"]) document.addEventListener(kind, e => { e.preventDefault(); $("drop").classList.add("over"); });
document.addEventListener("dragleave", e => { if (!e.relatedTarget) $("drop").classList.remove("over"); });
document.addEventListener("drop", e => { e.preventDefault(); $("drop").classList.remove("over"); choose(e.dataTransfer.files); });
