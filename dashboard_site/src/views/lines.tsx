// A table of choices: a bar behind each line shows its size, a press chooses it.

export interface Line {
  id: string;
  name: string;
  weight: number;
  cells: string[];
  isOn: boolean;
  press: () => void;
}

interface Props {
  /** Of the names and of each cell. */
  heads: string[];
  lines: Line[];
}

export function Lines({ heads, lines }: Props) {
  const heaviest = Math.max(1, ...lines.map((line) => line.weight));
  return (
    <table class="rows lines">
      <thead>
        <tr>
          {heads.map((head) => (
            <th scope="col" key={head}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map(({ id, name, weight, cells, isOn, press }) => (
          <tr key={id} class={isOn ? "is-on" : ""} onClick={press}>
            <th scope="row">
              <i class="size" style={{ width: `${(100 * weight) / heaviest}%` }} />
              <button type="button" aria-pressed={isOn} title={name}>
                <bdi>{name}</bdi>
              </button>
            </th>
            {cells.map((cell, index) => (
              <td key={index}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
