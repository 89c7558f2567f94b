import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';

export default function globalTeardown() {
  spawnSync('bash', ['test/kubernetes/down.sh'], { stdio: 'inherit' });
  rmSync(process.env.RUN, { recursive: true, force: true });
}
