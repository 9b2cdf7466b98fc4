"""GS1 keys and syntax, as pure functions: nothing here opens a file, a socket or a database.

Take what you need from its module (importing one does not import the others needlessly):

    identifiers     check digit, GTIN, GLN, SSCC
    digital_link    GS1 Digital Link URIs: parse, build, canonical form
    element_string  (01)… and ^01… element strings: parse, build
    check           one line of either kind → what it says and what is wrong with it
    dates           YYMMDD with its sliding century
    event_hash      the EPCIS event hash of CBV 2.0
"""
