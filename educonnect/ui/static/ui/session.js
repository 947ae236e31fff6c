/* Comfort only: warn before the session ends. Words come from the page, never from here. */
"use strict";

const box = document.querySelector("[data-session]");
const stay = box.querySelector("[data-stay]");
const words = box.querySelector("[data-words]");
const others = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
const warning = Number(box.dataset.warning) * 1000;
let ends = 0;
let before = null;

const extended = (end) => {
  ends = end;
  if (box.open && ends - Date.now() > warning) {
    box.close();
    if (before) before.focus();
  }
};

const seconds = (left) => {
  extended(Date.now() + left * 1000);
  if (others) others.postMessage(ends);
};

if (others) others.addEventListener("message", (event) => extended(Math.max(ends, Number(event.data))));

const say = (text) => {
  if (words.textContent !== text) words.textContent = text;
};

const look = () => {
  const left = ends - Date.now();
  if (left <= 0) {
    say(box.dataset.over);
    stay.hidden = true;
  } else if (left <= warning) {
    const minutes = Math.ceil(left / 60000);
    say((stay.hidden ? box.dataset.limit : box.dataset.soon).replace("#", String(minutes)));
  }
  if (left <= warning && !box.open && !box.dataset.dismissed) {
    before = document.activeElement;
    box.showModal();
  }
};

stay.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(stay.action, {
      method: "POST",
      body: new FormData(stay),
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    const { left } = await answer.json();
    seconds(left);
    if (left * 1000 <= warning) stay.hidden = true; // the absolute limit: nothing extends it
  } catch {
    say(box.dataset.over);
    stay.hidden = true;
  }
  look();
});

box.querySelector("[data-close]").addEventListener("click", () => {
  box.dataset.dismissed = "1";
  box.close();
  if (before) before.focus();
});

seconds(Number(box.dataset.session));
look();
setInterval(look, 5000);
