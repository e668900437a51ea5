import { expect, test } from "bun:test";
import { array, assert, property, record, string, uint8Array } from "fast-check";
import { parseMultipart } from "#plugins/transform/multipart.ts";

const TYPE = "multipart/form-data; boundary=----b";

function formOf(fields: readonly { name: string; value: string }[], file: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const escaped = (name: string): string => name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
  const parts = fields.map(({ name, value }) =>
    encoder.encode(`------b\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${value}\r\n`),
  );
  const head = encoder.encode('------b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n');
  const all = [...parts, head, file, encoder.encode("\r\n------b--\r\n")];
  return new Uint8Array(all.flatMap((part) => Array.from(part)));
}

test("what is not changed stays byte by byte; what is changed is what was asked for", () => {
  const name = string({ unit: "binary", minLength: 1 }).filter((text) => !text.includes("%") && text.isWellFormed());
  const value = string({ unit: "binary" }).filter((text) => text.isWellFormed());
  assert(
    property(array(record({ name, value }), { maxLength: 5 }), uint8Array({ maxLength: 50 }), (fields, file) => {
      const body = formOf(fields, file);
      const form = parseMultipart(body, TYPE);
      expect(form?.print(form.values)).toEqual(body);
      const added = new Map([...(form?.values ?? []), ['new "name"', ["ü"]]]);
      const again = form === undefined ? undefined : parseMultipart(form.print(added), TYPE);
      expect(again?.values).toEqual(added);
    }),
  );
});
