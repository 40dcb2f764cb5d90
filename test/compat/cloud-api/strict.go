package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// decodeStrictly reads JSON as the API's schemas want it: a field that is no pointer and not `omitempty` has to be there and not null, a value of
// the wrong type is an error, and so is a oneOf without its discriminator. Properties that no schema names are let through, as the dialect says.
func decodeStrictly(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return err
	}
	if missing := missingIn(body, reflect.TypeOf(into).Elem(), ""); len(missing) > 0 {
		return errors.New("required and absent: " + strings.Join(missing, ", "))
	}
	return nil
}

var (
	ownJSON = reflect.TypeFor[json.Unmarshaler]()
	ownText = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func missingIn(body []byte, kind reflect.Type, at string) []string {
	if kind.Kind() == reflect.Pointer {
		return missingIn(body, kind.Elem(), at)
	}
	if reflect.PointerTo(kind).Implements(ownJSON) || reflect.PointerTo(kind).Implements(ownText) {
		return nil
	}
	switch kind.Kind() {
	case reflect.Struct:
		return missingInObject(body, kind, at)
	case reflect.Slice:
		var items []json.RawMessage
		_ = json.Unmarshal(body, &items)
		var missing []string
		for i, item := range items {
			missing = append(missing, missingIn(item, kind.Elem(), fmt.Sprintf("%s/%d", at, i))...)
		}
		return missing
	}
	return nil
}

func missingInObject(body []byte, kind reflect.Type, at string) (missing []string) {
	var present map[string]json.RawMessage
	_ = json.Unmarshal(body, &present)
	for i := range kind.NumField() {
		field := kind.Field(i)
		if field.Anonymous {
			missing = append(missing, missingIn(body, field.Type, at)...)
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		value, there := present[name]
		absent := !there || bytes.Equal(value, []byte("null"))
		optional := field.Type.Kind() == reflect.Pointer || strings.Contains(options, "omitempty")
		switch {
		case absent && !optional:
			missing = append(missing, at+"/"+name)
		case !absent:
			missing = append(missing, missingIn(value, field.Type, at+"/"+name)...)
		}
	}
	return missing
}
