(namespace_definition name: (_) @name) @module
(function_definition declarator: (function_declarator declarator: (_) @name) body: (_)) @function
(function_definition
  declarator: (pointer_declarator declarator: (function_declarator declarator: (_) @name))
  body: (_)) @function
(function_definition
  declarator: (reference_declarator (function_declarator declarator: (_) @name)) body: (_)) @function
(function_definition declarator: (operator_cast) @name body: (_)) @function
(template_declaration (function_definition
  declarator: (function_declarator declarator: (_) @name) body: (_))) @function
(template_declaration (class_specifier name: (_) @name body: (_))) @class
(template_declaration (struct_specifier name: (_) @name body: (_))) @struct
(class_specifier name: (_) @name body: (_)) @class
(struct_specifier name: (_) @name body: (_)) @struct
(union_specifier name: (_) @name body: (_)) @struct
(enum_specifier name: (_) @name body: (_)) @enum
(type_definition declarator: (type_identifier) @name) @type
(alias_declaration name: (type_identifier) @name) @type
(concept_definition name: (identifier) @name) @type
(preproc_function_def name: (identifier) @name) @macro
(preproc_def name: (identifier) @name) @variable
(declaration declarator: (init_declarator declarator: (identifier) @name value: (initializer_list))) @variable
(declaration declarator: (init_declarator
  declarator: (array_declarator declarator: (identifier) @name))) @variable

(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(type_identifier) @reference
(preproc_include path: (_) @import)
