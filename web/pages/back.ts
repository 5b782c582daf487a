// A wallet or a link came with a code in the fragment, where no server log sees it. The page's form
// sends it to the server; where somebody has to decide first, it only fills the field.

const form = document.querySelector<HTMLFormElement>("form#back");
const fragment = new URLSearchParams(location.hash.slice(1));

for (const name of ["response_code", "error", "owner_link"]) {
  const value = fragment.get(name);
  const field = form?.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (form && field && value && value.length <= 256) {
    field.value = value;
    history.replaceState(null, "", location.pathname + location.search);
    if (!form.hasAttribute("data-stays")) form.requestSubmit();
    break;
  }
}
