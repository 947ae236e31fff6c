// Goes round the services by itself: looks first whether the next one answers at all, and goes on without one that
// does not, or that was gone to and did not send the browser back.
const next = document.getElementById("next");
const without = document.getElementById("without");

function goneTo(number) {
  try {
    const seen = sessionStorage.getItem("depart") === number;
    sessionStorage.setItem("depart", number);
    return seen;
  } catch {
    return false;
  }
}

async function answers(address) {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 4000);
  try {
    await fetch(address, { mode: "no-cors", credentials: "omit", cache: "no-store", signal: stop.signal });
    return true;
  } catch {
    return false;
  }
}

async function go() {
  const look = next.dataset.look;
  if (without && (goneTo(next.dataset.number) || (look && !(await answers(look))))) {
    without.submit();
    return;
  }
  if (without) {
    setTimeout(() => without.submit(), 10000);
  }
  if (next.tagName === "FORM") {
    next.submit();
  } else {
    location.assign(next.href);
  }
}

if (next && next.dataset.number !== undefined) {
  go();
}
// a page that the browser took out of its memory, by « Retour »
addEventListener("pageshow", (event) => event.persisted && location.reload());
