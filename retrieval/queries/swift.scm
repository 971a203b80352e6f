(class_declaration name: (_) @name) @class
(protocol_declaration name: (_) @name) @interface
(function_declaration name: (_) @name) @function
(init_declaration name: (_) @name) @method
