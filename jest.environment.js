import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;

/**
 * A global object without interceptors: with them, which Node's contexts have by default, each look at `Math` or `Float64Array` is a call, and
 * days of a cluster take the engine ten times as long (measured).
 */
export default class extends TestEnvironment {
  constructor(...settings) {
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(...settings);
    } finally {
      vm.createContext = createContext;
    }
  }
}
