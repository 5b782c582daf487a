// "Copy" buttons: hidden until this runs, so that no button stands there without a use.

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(source.textContent ?? "").then(
      () => {
        button.textContent = button.dataset.copied ?? button.textContent;
      },
      () => {
        // Not allowed to write: the text is selected, so that a key press copies it.
        getSelection()?.selectAllChildren(source);
      },
    );
  });
}
