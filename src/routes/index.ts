export { Routes, type RoutesOptions } from "./routes.ts";
export { type PlacedFilter, type Route, Routing } from "./routing.ts";
