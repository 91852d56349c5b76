/** Add-on: a form that is begun and one that is submitted are events. What was typed stays in the page. */
import { followAddress, listen, report } from "./page";

let started = new WeakSet<Element>();

const reportForm = (name: string, form: Element): void => {
  if (form.closest("[data-footfall-off]")) return;
  // A field named "id" or "name" hides the form's own property.
  report(name, { form: form.getAttribute("id") || form.getAttribute("name") || "" });
};

const onEdit = ({ isTrusted, target }: Event): void => {
  const field = target as HTMLInputElement;
  // A field may stand outside of its form; editable text is no field.
  const form = field.form ?? field.closest("form");
  if (!isTrusted || !form || started.has(form)) return;
  started.add(form);
  reportForm("form_start", form);
};

listen("input", onEdit);
listen("change", onEdit);
listen("submit", ({ target }) => reportForm("form_submit", target as Element));
followAddress((isNewPage) => {
  if (isNewPage) started = new WeakSet();
});
