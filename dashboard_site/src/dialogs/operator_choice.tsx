// How values are compared.
import type { DataOperator } from "../api/vocabulary.ts";
import { takesNumber } from "../state/filters.ts";
import { t } from "../text/words.ts";

interface Props {
  label: string;
  operators: readonly DataOperator[];
  operator: DataOperator;
  values: string[];
  /** With the values that stay: what is compared as a number is compared with one. */
  change: (operator: DataOperator, values: string[]) => void;
}

export const OperatorChoice = ({ label, operators, operator, values, change }: Props) => (
  <select
    aria-label={label}
    value={operator}
    onChange={(event) => {
      const chosen = event.currentTarget.value as DataOperator;
      change(chosen, takesNumber(chosen) ? values.slice(0, 1) : values);
    }}
  >
    {operators.map((one) => (
      <option value={one} key={one}>
        {t(one)}
      </option>
    ))}
  </select>
);
