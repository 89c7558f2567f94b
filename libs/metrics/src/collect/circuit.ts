import { CircuitState } from 'cockatiel';

/** Whether an endpoint is asked (`closed`), left alone because it failed too often (`open`), or being tried (`half_open`). */
export type Circuit = 'closed' | 'open' | 'half_open';

export function toCircuit(state: CircuitState): Circuit {
  switch (state) {
    case CircuitState.Closed:
      return 'closed';
    case CircuitState.HalfOpen:
      return 'half_open';
    case CircuitState.Open:
    case CircuitState.Isolated:
      return 'open';
  }
}
