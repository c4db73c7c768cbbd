// Times that run down, second by second. Without this file they are as old as the page.
setInterval(() => {
  for (const one of document.querySelectorAll("[data-until]")) {
    const left = Math.max(0, Math.floor((Number(one.dataset.until) - Date.now()) / 1000));
    const said = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (one.textContent !== said) one.textContent = said;
  }
}, 1000);
