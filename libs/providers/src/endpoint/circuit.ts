/** Whether an endpoint is asked (`closed`), left alone because it failed too often (`open`), or being tried (`half_open`). */
export type Circuit = 'closed' | 'open' | 'half_open';
