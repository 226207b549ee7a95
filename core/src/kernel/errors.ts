/** Every fault of settings, inventory and wiring. Codes are stable; the documentation is generated from this table. */
import { defineErrors, isMeterlarkError, type MeterlarkError } from './error.js';

export const kernelErrors = defineErrors({
  METERLARK_KERNEL_FAULTS: {
    class: 'permanent',
    message: '{count} fault(s) found before anything was started',
    cure: 'Mend all of them; each names its place and its cure.',
  },
  METERLARK_KERNEL_NOT_VISIBLE: {
    class: 'permanent',
    message: '{provider} cannot see {service}: add {module} to its "requires"',
    cure: 'Add {module} to the "requires" of {provider}.',
  },
  METERLARK_KERNEL_NOT_BOUND: {
    class: 'permanent',
    message: '{provider} asks for its own service {service}, which it has not bound',
    cure: 'Bind {service} in the register function of {provider}.',
  },
  METERLARK_KERNEL_BOUND_TWICE: {
    class: 'permanent',
    message: '{provider} binds {service} twice',
    cure: 'Bind each service once in the register function of {provider}.',
  },
  METERLARK_KERNEL_NO_KEEPER: {
    class: 'permanent',
    message: 'no running provider keeps {service}, which {provider} asks for',
    cure: 'Run a provider of the module {module} that binds {service}: add it to the inventory, or remove its "off" from the settings.',
  },
  METERLARK_KERNEL_SEVERAL_KEEPERS: {
    class: 'permanent',
    message: '{provider} asks for the one keeper of {service}, and there are several: {keepers}',
    cure: 'Ask with all({service}), or run only one of these providers.',
  },
  METERLARK_KERNEL_CIRCULAR_SERVICES: {
    class: 'permanent',
    message: 'making {service} of {provider} needs {service} itself',
    cure: 'Let one of the services of {provider} receive the other after both are made.',
  },
  METERLARK_KERNEL_CLASS_NOT_MADE: {
    class: 'permanent',
    message: '{provider} cannot make its service {service}: {reason}',
    cure: 'Mark the class with @injectable() and every constructor parameter with @inject(Token), or bind with toFactory.',
  },
  METERLARK_KERNEL_PROMISE_NOT_KEPT: {
    class: 'permanent',
    message: '{provider} does not keep the promise {service} of the module {module}',
    cure: 'Call context.bind({service}) with a value, class or factory in the register function of {provider}.',
  },
  METERLARK_KERNEL_MISSING_MODULE: {
    class: 'permanent',
    message: '{provider} requires the module {module}, and no provider of it runs',
    cure: 'List a provider of {module} in the inventory and select it in the settings: {module}: <provider>.',
  },
  METERLARK_KERNEL_CYCLIC_REQUIRES: {
    class: 'permanent',
    message: 'the requirements of these providers form a circle: {circle}',
    cure: 'Remove one of these modules from the "requires" of the provider before it; services of both go to a third module.',
  },
  METERLARK_KERNEL_REGISTER_FAILED: {
    class: 'permanent',
    message: 'register of {provider} failed: {reason}',
    cure: 'register only wires, without I/O and without waiting; mend {provider} or set it off.',
  },
  METERLARK_KERNEL_CHECK_FAILED: {
    class: 'permanent',
    message: 'check of {provider} failed: {reason}',
    cure: 'See the cause; a check answers what it finds and does not fail. Mend {provider} or set it off.',
  },
  METERLARK_KERNEL_START_FAILED: {
    class: 'permanent',
    message: 'start of {provider} failed: {reason}',
    cure: '{advice}',
  },
  METERLARK_KERNEL_START_DEADLINE: {
    class: 'permanent',
    message: 'start of {provider} did not end within {deadlineMs} ms',
    cure: 'Find what {provider} waits for, or raise METERLARK_HOST_START_DEADLINE_MS (host/shared.startDeadlineMs).',
  },
  METERLARK_KERNEL_START_ABORTED: {
    class: 'permanent',
    message: 'the start was called off before {provider}',
    cure: 'Nothing to mend: the process was told to stop while it started.',
  },
  METERLARK_KERNEL_STOP_FAILED: {
    class: 'permanent',
    message: 'stop of {provider} failed: {reason}',
    cure: 'See the cause; the other providers have been stopped all the same.',
  },
  METERLARK_KERNEL_STOP_DEADLINE: {
    class: 'permanent',
    message: 'while stopping, {work} did not end within {deadlineMs} ms',
    cure: 'Find what it waits for, or raise METERLARK_HOST_STOP_DEADLINE_MS.',
  },

  METERLARK_SETTINGS_UNREADABLE: {
    class: 'permanent',
    message: 'the settings file {file} cannot be read: {reason}',
    cure: 'Give the path of a readable YAML file with --config or METERLARK_CONFIG.',
  },
  METERLARK_SETTINGS_YAML: {
    class: 'permanent',
    message: '{where}: {reason}',
    cure: 'Mend the YAML: module selectors (storage: clickhouse) and one map of settings per provider (storage/clickhouse: …).',
  },
  METERLARK_SETTINGS_UNKNOWN_KEY: {
    class: 'permanent',
    message: '{where}: unknown setting {key}',
    cure: '{hint}',
  },
  METERLARK_SETTINGS_INVALID_VALUE: {
    class: 'permanent',
    message: '{where}: {key} must be {expected}, not {value}',
    cure: 'Set {key} in the settings file or as {env}: {doc}',
  },
  METERLARK_SETTINGS_UNKNOWN_PROVIDER: {
    class: 'permanent',
    message: '{where}: {key} names {value}, and the inventory has no {identity}',
    cure: '{hint} The selector can also be set as {env}.',
  },
  METERLARK_SETTINGS_BAD_SELECTOR: {
    class: 'permanent',
    message: '{where}: {key} must be {expected}, not {value}',
    cure: 'Write {example} in the settings file, or set {env}.',
  },
  METERLARK_SETTINGS_TWO_PROVIDERS: {
    class: 'permanent',
    message: '{where}: {key} asks for {value}, but only one provider of this module can run',
    cure: 'Keep one: {example} in the settings file, or {env}.',
  },
  METERLARK_SETTINGS_NO_SELECTOR: {
    class: 'permanent',
    message: '{where}: the module {key} has several providers in the inventory and none is selected',
    cure: 'Write {example} in the settings file, or set {env}. There are: {choices}.',
  },
  METERLARK_SETTINGS_UNKNOWN_VARIABLE: {
    class: 'permanent',
    message: 'unknown environment variable {env}',
    cure: '{hint}',
  },
  METERLARK_SETTINGS_SAME_VARIABLE: {
    class: 'permanent',
    message: 'the settings {key} and {other} would both be read from {env}',
    cure: 'Rename one of the two settings in the schema of its provider.',
  },
  METERLARK_SETTINGS_BAD_SCHEMA: {
    class: 'permanent',
    message: 'the setting {key} is badly declared: {reason}',
    cure: 'Give it a doc sentence, a known format and a default.',
  },

  METERLARK_INVENTORY_UNREADABLE: {
    class: 'permanent',
    message: 'the inventory {file} cannot be read: {reason}',
    cure: 'Give the path of a readable YAML file with METERLARK_INVENTORY.',
  },
  METERLARK_INVENTORY_YAML: {
    class: 'permanent',
    message: '{where}: {reason}',
    cure: 'The inventory is one map from module/name to a package name or a file path, e.g. receiver/carbon: ./carbon.mjs',
  },
  METERLARK_INVENTORY_DUPLICATE_IDENTITY: {
    class: 'permanent',
    message: '{where}: {key} is listed twice{also}',
    cure: 'Remove one of the two lines, or give one provider another name.',
  },
  METERLARK_INVENTORY_BAD_IDENTITY: {
    class: 'permanent',
    message: '{where}: {key} is no identity of a provider',
    cure: 'Write <module>/<name> in lower-case words joined by "-", e.g. receiver/carbon.',
  },
  METERLARK_INVENTORY_FILE_NOT_FOUND: {
    class: 'permanent',
    message: '{where}: {key} names the file {target}, which does not exist',
    cure: 'Correct the path; a relative path starts at the folder of the inventory.',
  },
  METERLARK_INVENTORY_PACKAGE_NOT_FOUND: {
    class: 'permanent',
    message: '{where}: the package {target} of {key}, or one that it imports, is not installed: {reason}',
    cure: 'Install it next to Meterlark (npm install {target}), or remove the line.',
  },
  METERLARK_INVENTORY_IMPORT_FAILED: {
    class: 'permanent',
    message: '{where}: {key} cannot be loaded, {target} throws: {reason}',
    cure: 'Mend {target}, remove the line, or set {key}: off in the settings.',
  },
  METERLARK_INVENTORY_NO_DEFAULT_EXPORT: {
    class: 'permanent',
    message: '{where}: {target} has no default export, so {key} is unknown',
    cure: 'End {target} with: export default ({ defineProvider }) => defineProvider({ … })',
  },
  METERLARK_INVENTORY_NOT_A_PROVIDER: {
    class: 'permanent',
    message: '{where}: the default export of {target} is no provider: {reason}',
    cure: 'Export defineProvider({ module, name, requires, config, register, start }), or a function that returns it.',
  },
  METERLARK_INVENTORY_IDENTITY_DIFFERS: {
    class: 'permanent',
    message: '{where}: {target} calls itself {actual}, not {key}',
    cure: 'Write {actual} in the inventory, or correct module and name in {target}.',
  },
});

/** One error for many; `faultsOf` gives them back. */
export function combineFaults(faults: readonly MeterlarkError[]): MeterlarkError {
  return kernelErrors.METERLARK_KERNEL_FAULTS({ count: faults.length }, new AggregateError(faults));
}

/** The single faults behind an error: those of an AggregateError, however deep, or the error itself. */
export function faultsOf(error: unknown): readonly unknown[] {
  if (error instanceof AggregateError) return (error.errors as unknown[]).flatMap(faultsOf);
  if (isMeterlarkError(error) && error.cause instanceof AggregateError) return faultsOf(error.cause);
  return [error];
}

/** Text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}
