import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { Section } from '../layout/section';
import { counted } from '../layout/words';
import { type Alert, AlertList } from './alert-list';

interface AlertsSectionProps {
  readonly alerts: readonly Alert[];
  readonly named?: boolean;
}

/** What holds now, and on demand what was of late. */
export function AlertsSection({ alerts, named = false }: AlertsSectionProps) {
  const [past, setPast] = useState(false);
  const holding = alerts.filter(({ until }) => until === null);
  const over = alerts.filter(({ until }) => until !== null);
  return (
    <Section
      title="Alerts"
      aside={
        over.length > 0 && (
          <Button variant="subtle" size="compact-sm" aria-expanded={past} onClick={() => setPast(!past)}>
            {past ? 'Hide what is over' : `${counted(over.length, 'alert')} of late`}
          </Button>
        )
      }
    >
      {holding.length > 0 ? (
        <AlertList label="What holds now" alerts={holding} named={named} />
      ) : (
        <Text size="sm" c="dimmed">
          Nothing needs a person now.
        </Text>
      )}
      {past && <AlertList label="What is over" alerts={over} named={named} />}
    </Section>
  );
}
