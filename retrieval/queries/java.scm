(class_declaration name: (identifier) @name) @class
(record_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @interface
(annotation_type_declaration name: (identifier) @name) @interface
(enum_declaration name: (identifier) @name) @enum
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
(compact_constructor_declaration name: (identifier) @name) @method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @variable

(method_invocation name: (identifier) @call)
(object_creation_expression type: (type_identifier) @call)
(method_reference (identifier) @reference)
(type_identifier) @reference
(import_declaration (scoped_identifier) @import)
(import_declaration (identifier) @import)
