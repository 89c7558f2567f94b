import { Fragment } from 'react';
import { Dialog } from '../layout/dialog';
import { COMMAND_KEY } from './command-key';
import classes from './palette.module.css';

const KEYS: readonly (readonly [where: string, keys: readonly (readonly [keys: readonly string[], what: string])[]])[] =
  [
    [
      'Everywhere',
      [
        [[COMMAND_KEY, 'K'], 'Find a cluster, an action or a page'],
        [['?'], 'Show these keys'],
        [['Esc'], 'Close what is open'],
      ],
    ],
    [
      'List of clusters',
      [
        [['/'], 'Search'],
        [['↓', '↑'], 'Next and previous cluster'],
        [['Home', 'End'], 'First and last cluster'],
        [['Enter'], 'Open the cluster'],
      ],
    ],
    [
      'Time axis of a cluster',
      [
        [['←', '→'], 'Earlier and later'],
        [['Home', 'End'], 'First and last moment'],
        [['PgUp', 'PgDn'], 'Earlier and later by half of the axis'],
        [['+', '−'], 'Zoom in and out'],
        [['Enter'], 'Explain the decision'],
        [['Esc'], 'Back to now'],
      ],
    ],
  ];

/** All keys of the page. */
export function KeysDialog({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Dialog opened={opened} onClose={onClose} title="Keys">
      {KEYS.map(([where, keys]) => (
        <Fragment key={where}>
          <h3 className={classes['where']}>{where}</h3>
          <dl className={classes['keys']}>
            {keys.map(([names, what]) => (
              <Fragment key={what}>
                <dt>
                  {names.map((name) => (
                    <kbd key={name} className={classes['key']}>
                      {name}
                    </kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </Fragment>
            ))}
          </dl>
        </Fragment>
      ))}
    </Dialog>
  );
}
