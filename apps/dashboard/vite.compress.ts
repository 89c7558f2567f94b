import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(js|css|html|svg|json)$/;
/** Smaller files hardly compress. */
const LEAST_BYTES = 1024;

/** Writes a `.br` and a `.gz` next to every file that gets smaller, so that serving costs no CPU. */
export function compress(): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    writeBundle: {
      // Compresses the files on disk, which are served: other plugins still change the bundle in memory.
      sequential: true,
      order: 'post',
      async handler({ dir = '' }, bundle) {
        await Promise.all(
          Object.keys(bundle).map(async (name) => {
            const source = COMPRESSIBLE.test(name) ? await readFile(join(dir, name)) : Buffer.alloc(0);
            if (source.length < LEAST_BYTES) return;
            const params = {
              [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
              [constants.BROTLI_PARAM_SIZE_HINT]: source.length,
            };
            await writeFile(join(dir, `${name}.br`), await promisify(brotliCompress)(source, { params }));
            await writeFile(join(dir, `${name}.gz`), await promisify(gzip)(source, { level: 9 }));
          }),
        );
      },
    },
  };
}
