import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Neighbor } from './neighbor.js';

/** A real Prometheus and the exporter that it scrapes. */
export interface ScrapedExporter {
  readonly prometheus: Neighbor;
  /** URL of Prometheus. */
  readonly url: string;
  /** Stops both, and removes what was stored. */
  stop(): Promise<void>;
}

/** Starts Prometheus with the file prometheus.yml of a folder, which also gets its data. */
export async function startPrometheus(folder: string, port: number): Promise<Neighbor> {
  return Neighbor.start(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { isUp: async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok },
  );
}

/**
 * Starts an exporter that answers as `expose` does, and a Prometheus that scrapes it twice a second and keeps its labels.
 *
 * @param port of Prometheus
 */
export async function startScrapedExporter(port: number, expose: RequestListener): Promise<ScrapedExporter> {
  const folder = mkdtempSync(join(tmpdir(), 'ops-prometheus-'));
  const exporter = createServer(expose).listen(0, '127.0.0.1');
  const stopExporter = (): void => {
    exporter.closeAllConnections();
    exporter.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await once(exporter, 'listening');
    const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 500ms }\nscrape_configs: [{ job_name: app, honor_labels: true, static_configs: [{ targets: ['${target}'] }] }]\n`,
    );
    const prometheus = await startPrometheus(folder, port);
    const stop = async (): Promise<void> => {
      await prometheus.stop();
      stopExporter();
    };
    return { prometheus, url: `http://127.0.0.1:${port}`, stop };
  } catch (error) {
    stopExporter();
    throw error;
  }
}
