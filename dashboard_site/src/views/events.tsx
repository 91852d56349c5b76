// The page of events: what else people do, and by which links they leave.
import "../main.tsx";
import { parts } from "../state/lazy.ts";

export function Page() {
  const { TopCard } = parts.value!;
  return (
    <div class="grid">
      <TopCard dimension="event" span={6} />
      <TopCard dimension="outbound" span={6} />
    </div>
  );
}
