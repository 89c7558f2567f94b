import { Anchor, Select } from '@mantine/core';
import { Link } from 'react-router';
import { useConnections } from '../connections/queries';
import { useSession } from '../session/session';

interface ConnectionSelectProps {
  readonly label: string;
  /** Of the connections that are offered. */
  readonly type: string;
  readonly value: string | null;
  readonly onChange: (name: string | null) => void;
  readonly error?: string | null | undefined;
  /** Whether a new connection leads back to the import from Kubernetes. */
  readonly forImport?: boolean;
}

/** Names a stored connection of a type: one that the account may use, or the one that is named already. */
export function ConnectionSelect({ label, type, value, onChange, error, forImport = false }: ConnectionSelectProps) {
  const { me } = useSession();
  const { data } = useConnections(type);
  const usable = data?.connections.filter(({ shared, owner_id: owner }) => shared || owner === me.id);
  const names = usable?.map(({ name }) => name) ?? [];
  const offered = value === null || names.includes(value) ? names : [value, ...names];
  const toNew = `/connections?new=${encodeURIComponent(type)}${forImport ? '&for=import' : ''}`;
  return (
    <Select
      label={label}
      description={
        usable?.length === 0 ? (
          <>
            There is none yet.{' '}
            <Anchor component={Link} to={toNew} inherit underline="always">
              Store one first.
            </Anchor>
          </>
        ) : (
          <>
            where the provider is reached;{' '}
            <Anchor component={Link} to={toNew} inherit underline="always">
              store another one
            </Anchor>
          </>
        )
      }
      data={offered}
      value={value}
      searchable={offered.length > 10}
      allowDeselect={false}
      required
      withAsterisk={false}
      onChange={onChange}
      error={error}
    />
  );
}
