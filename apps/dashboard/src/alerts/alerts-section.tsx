import { Button, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { Section } from '../layout/section';
import { counted } from '../layout/words';
import { type Alert, AlertList } from './alert-list';

interface AlertsSectionProps {
  readonly alerts: readonly Alert[];
  readonly named?: boolean;
  readonly renderAction?: (alert: Alert) => ReactNode;
}

/** Active alerts, and on demand recent ended ones. */
export function AlertsSection({ alerts, ...shown }: AlertsSectionProps) {
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
        <AlertList label="What holds now" alerts={holding} {...shown} />
      ) : (
        <Text size="sm" c="dimmed">
          Nothing needs a person now.
        </Text>
      )}
      {past && <AlertList label="What is over" alerts={over} {...shown} />}
    </Section>
  );
}
