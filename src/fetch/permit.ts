import { badInput } from '../contract/errors.ts'
import { findProxy, type ProxyServer } from './proxy.ts'

/** What the operator lets requests ask for. */
export interface Permissions {
  proxies: readonly ProxyServer[]
  tlsErrors: boolean
}

/** The options that need a permission. */
interface Asked {
  proxy?: string | undefined
  ignore_tls_errors?: boolean | undefined
}

/**
 * Makes the judge of what requests ask for.
 * @returns a function of the options, and of where in the body they stand, that throws ServiceError `invalid_request`, which names the option and the setting
 */
export function createPermit({ proxies, tlsErrors }: Permissions): (asked: Asked, path?: string) => void {
  return ({ proxy, ignore_tls_errors }, path = '') => {
    if (proxy !== undefined && !findProxy(proxies, proxy))
      throw refuse(`${path}proxy`, 'is none that the operator of this service allows (PROXIES)')
    if (ignore_tls_errors === true && !tlsErrors)
      throw refuse(
        `${path}ignore_tls_errors`,
        'is not permitted by the operator of this service (ALLOW_TLS_ERRORS)',
      )
  }
}

const refuse = (path: string, message: string) => badInput([{ path, message }])
