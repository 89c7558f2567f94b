import { Alert, Button, Group, Stack } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { counted, number } from '../layout/words';

interface LargeChangeProps {
  readonly from: number;
  readonly to: number;
  /** How it is carried out, where that is not at once. */
  readonly how: string | null;
  readonly pending: boolean;
  readonly onBack: () => void;
  readonly onConfirm: () => void;
}

/** Asks before the count becomes less than half or more than twice what it is. */
export function LargeChange({ from, to, how, pending, onBack, onConfirm }: LargeChangeProps) {
  const back = useRef<HTMLButtonElement>(null);
  // Not on the other button: a key that is pressed twice is no answer.
  useEffect(() => back.current?.focus(), []);
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
          ? `${counted(to, 'server')} remain for the load of ${number(from, 0)}.`
          : 'That is more than twice as many as now. They start at once.'}{' '}
        {how}
      </Alert>
      <Group justify="flex-end">
        <Button ref={back} variant="default" onClick={onBack}>
          Back
        </Button>
        <Button color={removes ? 'red' : 'blue'} loading={pending} onClick={onConfirm}>
          {removes ? `Remove ${many}` : `Add ${many}`}
        </Button>
      </Group>
    </Stack>
  );
}
