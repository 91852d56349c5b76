/** Add-on: a form that is submitted is an event. What was typed stays in the page. */
const page = window as unknown as { footfall?: (...call: unknown[]) => void };

addEventListener(
  "submit",
  ({ target }) => {
    const form = target as HTMLFormElement;
    // A field named "id" or "name" hides the form's own property.
    const name = form.getAttribute("id") ?? form.getAttribute("name") ?? "";
    page.footfall?.("event", "form_submit", { form: name });
  },
  true,
);
export {};
