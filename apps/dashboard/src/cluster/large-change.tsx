import { Alert, Button, Checkbox, Group, Stack } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { counted, number } from '../layout/words';

interface LargeChangeProps {
  readonly from: number;
  readonly to: number;
  readonly pending: boolean;
  readonly onBack: () => void;
  /** @param immediate whether to remove servers at once instead of in steps */
  readonly onConfirm: (immediate: boolean) => void;
}

/** Asks for confirmation before the count falls below half or rises above twice the current one. */
export function LargeChange({ from, to, pending, onBack, onConfirm }: LargeChangeProps) {
  const back = useRef<HTMLButtonElement>(null);
  // Focus on "back": pressing a key twice must not confirm.
  useEffect(() => back.current?.focus(), []);
  const [immediate, setImmediate] = useState(false);
  const removes = to < from;
  const many = counted(Math.abs(to - from), 'server');
  return (
    <Stack>
      <Alert
        color={removes ? 'red' : 'yellow'}
        variant="light"
        role="alert"
        title={
          removes
            ? `Remove ${number(from - to, 0)} of ${counted(from, 'server')}?`
            : `Add ${many} to ${number(from, 0)}?`
        }
      >
        {removes
          ? `${counted(to, 'server')} remain for the load of ${number(from, 0)}. A fifth of the servers goes with each interval, so that you can undo it on the way.`
          : 'That is more than twice as many as now. They start at once.'}
      </Alert>
      {removes && (
        <Checkbox
          label="Remove them at once"
          description="Without steps. An undo would have to start new servers."
          checked={immediate}
          onChange={(event) => setImmediate(event.currentTarget.checked)}
        />
      )}
      <Group justify="flex-end">
        <Button ref={back} variant="default" onClick={onBack}>
          Back
        </Button>
        <Button color={removes ? 'red' : 'blue'} loading={pending} onClick={() => onConfirm(immediate)}>
          {removes ? `Remove ${many}` : `Add ${many}`}
        </Button>
      </Group>
    </Stack>
  );
}
