/* Comfort only: every page works without this file. Words come from the page, never from here. */
"use strict";

for (const box of document.querySelectorAll("[data-password]")) {
  const input = box.querySelector("input");
  const button = box.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    input.focus();
  });
  // never leave a readable password behind in the form's memory
  input.form.addEventListener("submit", () => {
    input.type = "password";
  });
}

for (const box of document.querySelectorAll("[data-meter]")) {
  const input = document.getElementById(box.dataset.meter);
  const meter = box.querySelector("meter");
  const words = box.querySelector("[aria-live]");
  const least = Number(box.dataset.least);
  const levels = box.dataset.levels.split("|");
  let waiting;
  const look = () => {
    const letters = Array.from(input.value);
    const missing = least - letters.length;
    const variety = new Set(letters.map((letter) => letter.toLowerCase())).size;
    let level = 0;
    if (missing <= 0) {
      level = 1 + (letters.length >= least + 4) + (letters.length >= least + 8);
      level = variety < 6 ? 1 : level;
    }
    meter.value = missing > 0 ? letters.length / least : level + 1;
    box.hidden = letters.length === 0;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      words.textContent = levels[level].replace("#", String(missing));
    }, 300);
  };
  input.addEventListener("input", look);
}
