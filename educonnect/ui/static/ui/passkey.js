/* Passkeys need a script; every word comes from the page. Without it the pages say so, and codes work. */
"use strict";

const toBytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (symbol) => symbol.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const named = (list) => (list || []).map((one) => ({ ...one, id: toBytes(one.id) }));

async function make(asked) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: toBytes(asked.challenge),
      user: { ...asked.user, id: toBytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials),
    },
  });
  return {
    attestationObject: toText(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
    of: made,
  };
}

async function show(asked) {
  const shown = await navigator.credentials.get({
    publicKey: { ...asked, challenge: toBytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
  });
  return {
    authenticatorData: toText(shown.response.authenticatorData),
    signature: toText(shown.response.signature),
    userHandle: shown.response.userHandle ? toText(shown.response.userHandle) : null,
    of: shown,
  };
}

async function ask(form) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(form.dataset.asked, {
    method: "POST",
    body: new URLSearchParams({ csrfmiddlewaretoken: token }),
  });
  if (!answer.ok || !(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
    location.reload(); // the session ended, or wants something else first: the page knows
    return new Promise(() => {});
  }
  const { of, ...response } = await (form.dataset.passkey === "create" ? make : show)(await answer.json());
  response.clientDataJSON = toText(of.response.clientDataJSON);
  return JSON.stringify({ id: of.id, rawId: toText(of.rawId), type: of.type, response });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !navigator.credentials) {
    continue;
  }
  const button = form.querySelector("button");
  const says = form.querySelector("[data-says]");
  button.hidden = false;
  form.querySelector("[data-unable]").hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") {
      return;
    }
    const label = form.querySelector("[name=label]");
    if (label && !label.value.trim()) {
      form.submit(); // the page says what is missing
      return;
    }
    button.setAttribute("aria-disabled", "true");
    says.textContent = says.dataset.waiting;
    try {
      form.querySelector("[name=answer]").value = await ask(form);
      form.submit();
    } catch (error) {
      says.textContent =
        { NotAllowedError: says.dataset.stopped, AbortError: says.dataset.stopped, InvalidStateError: says.dataset.known }[
          error.name
        ] || says.dataset.failed;
      button.removeAttribute("aria-disabled");
    }
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
