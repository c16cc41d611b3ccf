// Functions of your own for queries. This file is code: it runs with all the rights of the daemon.
// Types are those of SQL: boolean, double, long, string. A long is a number, and a bigint beyond 2^53.

export const functions = {
  /** is_office_hours(ts): from Monday to Friday, 8 to 18 o'clock UTC; `ts` is epoch ms. */
  is_office_hours: {
    parameters: { ts: "long" },
    returns: "boolean",
    /** @param {number | bigint} ts */
    call(ts) {
      const time = new Date(Number(ts));
      const isWeekday = time.getUTCDay() >= 1 && time.getUTCDay() <= 5;
      return isWeekday && time.getUTCHours() >= 8 && time.getUTCHours() < 18;
    },
  },

  /** site_of(path): the first part of a path. With `takesNull` it is called for events without a path, too. */
  site_of: {
    parameters: { path: "string" },
    returns: "string",
    takesNull: true,
    /** @param {string | null} path */
    call: (path) => (path === null ? "none" : (path.split("/")[1] ?? "")),
  },
};

/** @typedef {{ count: number, logarithms: number }} Logarithms */

export const aggregates = {
  /** geometric_mean(value): of values above 0. `enter` and `leave` change the state, or return another. */
  geometric_mean: {
    parameters: { value: "double" },
    returns: "double",
    /** @returns {Logarithms} */
    init: () => ({ count: 0, logarithms: 0 }),
    /** @param {Logarithms} state @param {number} value */
    enter(state, value) {
      state.count += 1;
      state.logarithms += Math.log(value);
    },
    /** @param {Logarithms} state @param {number} value */
    leave(state, value) {
      state.count -= 1;
      state.logarithms -= Math.log(value);
    },
    /** @param {Logarithms} state */
    value: ({ count, logarithms }) => (count === 0 ? null : Math.exp(logarithms / count)),
  },
};
