import { defineErrors } from '../kernel/error.js';

export const hostErrors = defineErrors({
  METERLARK_HOST_USAGE: {
    class: 'permanent',
    message: '{reason}',
    cure: 'Run "meterlark --help" to see the commands.',
  },
  METERLARK_HOST_COMMAND_REQUEST: {
    class: 'permanent',
    message: 'not the request of a command: {reason}',
    cure: 'Let "meterlark" send it: the same version as the server, with the same settings.',
  },
  METERLARK_HOST_COMMAND_HOST: {
    class: 'permanent',
    message: 'commands are not taken for the host "{named}"',
    cure: 'Ask for localhost or a loopback address, or for the one that admin.host of server/shared names.',
  },
  METERLARK_HOST_SERVER_ANSWER: {
    class: 'permanent',
    message: 'what listens on {url} answered {status}: {reason}',
    cure: 'See whether another program has the admin port of the settings, and what the log of the server says.',
  },
  METERLARK_HOST_SERVER_GONE: {
    class: 'permanent',
    message: 'the server on {url} could not be asked, or went away before it answered: {reason}',
    cure: 'See the log of the server; what the command had done until then stays done.',
  },
  METERLARK_HOST_UNEXPECTED: {
    class: 'permanent',
    message: '{stack}',
    cure: 'This is a bug of Meterlark or of a plugin; please report it with the stack.',
  },
  METERLARK_HOST_NO_PORTS: {
    class: 'permanent',
    message: 'every provider has started and no port is open',
    cure: 'The provider of the module listener must open the listeners; select listener: shared.',
  },
  METERLARK_HOST_METRIC_CLASH: {
    class: 'permanent',
    message: 'the self metric {name} is declared twice with different types or labels',
    cure: 'Give one of the two another name.',
  },
  METERLARK_HOST_RULES_PATH: {
    class: 'permanent',
    message: 'the rule path {path} cannot be read: {reason}',
    cure: 'Give files or folders of YAML rule files.',
  },
  METERLARK_HOST_RULES_UNKNOWN_LANGUAGE: {
    class: 'permanent',
    message: '{file}: no analyzer in the inventory knows this kind of rule file',
    cure: 'Add the analyzer of its language to the inventory, or leave the file out.',
  },
  METERLARK_HOST_COPY_ENTITIES: {
    class: 'permanent',
    message: 'the store has more than {limit} entities of the scope {scope}',
    cure: 'Copy fewer days: entities that were not seen in them are left out.',
  },
  METERLARK_HOST_COPY_STATE: {
    class: 'permanent',
    message: 'the state of the copy in {file} cannot be used: {reason}',
    cure: 'Run the copy with the options that it was begun with; or begin another one into an empty store, with another --state FILE.',
  },
  METERLARK_HOST_COPY_UNWRITABLE: {
    class: 'permanent',
    message: 'the state of the copy cannot be written to {file}: {reason}',
    cure: 'Name a file in a folder that can be written to with --state FILE.',
  },
  METERLARK_HOST_COPY_OCCUPIED: {
    class: 'permanent',
    message: '{to} has data of days before today that would be copied, and {file} does not say that they came from a copy',
    cure: 'Go on with the state file of the copy that wrote them, copy into an empty store, or add to what is there with --add.',
  },
});
