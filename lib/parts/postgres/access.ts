import { type Text, textOf } from '../../model/address';
import type { Server, Tls } from '../../model/database';
import type { SecretValue, TemplatePart } from '../../model/secret';
import type { DataStore } from '../data-store';
import { rolePassword } from '../secrets';
import type { OwnedDatabase } from './databases';

/**
 * The form of a text that a client connects by, with user and password: a URL as libpq and most clients read it (`postgresql`), one for
 * SQLAlchemy with asyncpg, or a connection string of Npgsql for .NET.
 */
export type ConnectionForm = 'postgresql' | 'postgresql+asyncpg' | 'npgsql';

/** How an application connects to one of its databases, as the owner. */
export interface DatabaseAccess extends Pick<DataStore, 'password'>, Pick<OwnedDatabase, 'name' | 'user'> {
  /**
   * The text that a client connects by, with the password and the TLS mode of the server. It does not name the certificate of the server's
   * authority: where the mode is `verify-full`, libpq, asyncpg and Npgsql read its path from the variable `PGSSLROOTCERT`.
   *
   * @example
   * values: { DATABASE_PASSWORD: db.password, CONNECTION_STRING: db.url('DATABASE_PASSWORD', 'npgsql') }
   *
   * @param password the key of the password in the same Secret
   * @param form @default postgresql
   */
  readonly url: (password: string, form?: ConnectionForm) => SecretValue;
  /**
   * The URL for JDBC, `jdbc:postgresql://<host>:<port>/<name>?sslmode=<mode>`. User and password are variables of their own. The certificate
   * of the server's authority is given as `&sslrootcert=<path>` at its end. Source: jdbc.postgresql.org, Connecting to the Database.
   */
  readonly jdbcUrl: Text;
}

/** Source: npgsql.org, Connection String Parameters, SSL Mode. */
const NPGSQL_MODES: Readonly<Record<Tls, string>> = {
  disable: 'Disable',
  require: 'Require',
  'verify-full': 'VerifyFull',
};

/** How to connect to a database of a server. */
export function accessTo({ host, port, tls }: Server, { name, user }: OwnedDatabase): DatabaseAccess {
  const place = textOf(host, ':', port, `/${name}`);
  const template = (form: ConnectionForm, key: string): TemplatePart[] => {
    const password = { urlEncoded: key };
    switch (form) {
      case 'postgresql':
        return [`${form}://${user}:`, password, textOf('@', place, tls === 'disable' ? '' : `?sslmode=${tls}`)];
      case 'postgresql+asyncpg':
        return [`${form}://${user}:`, password, textOf('@', place, `?ssl=${tls}`)];
      case 'npgsql': {
        const begin = textOf('Host=', host, ';Port=', port, `;Database=${name};Username=${user};Password=`);
        return [begin, { quoted: key }, `;SSL Mode=${NPGSQL_MODES[tls]}`];
      }
    }
  };
  return {
    name,
    user,
    password: rolePassword(user),
    url: (password, form = 'postgresql') => ({ template: template(form, password) }),
    jdbcUrl: textOf('jdbc:postgresql://', place, `?sslmode=${tls}`),
  };
}
