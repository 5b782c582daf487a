// A wallet came back with a code in the fragment, where no server log sees it. The page's form sends
// it to the server, which checks that it is this browser's.

const form = document.querySelector<HTMLFormElement>("form#back");
const fragment = new URLSearchParams(location.hash.slice(1));

for (const name of ["response_code", "error"]) {
  const value = fragment.get(name);
  const field = form?.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (form && field && value && value.length <= 256) {
    field.value = value;
    history.replaceState(null, "", location.pathname + location.search);
    form.requestSubmit();
    break;
  }
}
