import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;

/**
 * A global object without interceptors. Node's contexts have them by default, which makes each access to `Math` or
 * `Float64Array` a call; the engine then takes ten times as long (measured).
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
