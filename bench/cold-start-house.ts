// What a server of ours is made of, as one entry to bundle and to start.
import "react-router";
import { openHouse } from "./ours.ts";

openHouse({
  url: "postgres://127.0.0.1:1/none",
  secret: "0123456789abcdefghijklmnopqrstuvwxyz",
  origin: "http://localhost:3000",
});
